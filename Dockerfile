# Parley as one file in an otherwise empty image: no shell, no other programs,
# and not as root.

FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/parley ./cmd/parley
RUN mkdir /out/state

FROM scratch
# Mail servers and Teams are reached over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/parley /parley
COPY --from=build --chown=65532:65532 /out/state /var/lib/parley
ENV HOME=/var/lib/parley PARLEY_STORE=/var/lib/parley
USER 65532:65532
VOLUME ["/var/lib/parley"]
EXPOSE 8222
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/parley", "health", "--http", "http://127.0.0.1:8222"]
ENTRYPOINT ["/parley"]
CMD ["serve", "--http", ":8222"]
