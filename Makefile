# The checks themselves stand in .ci/run, so that they run where there is no make.

.PHONY: check test bench bench-england bench-peers torture fuzz vulnerabilities

check: ## all that CI runs
	bash .ci/run

test: ## the tests alone
	go test ./...

bench: ## Parley against raw JetStream and databases, up to a million commits, into docs/bench: half an hour, some 8 GB of temporary files
	go run ./cmd/parley-bench -save docs/bench

bench-england: ## the same for a decade of England: up to an hour, 40 GB, and left out where there is less
	go run ./cmd/parley-bench -stores england -save docs/bench

bench-peers: ## against SQLite and, where it is installed, PostgreSQL alone: two minutes
	go run ./cmd/parley-bench -stores year -only peers

torture: ## what the log survives: kills, full disks, clocks, a cluster, hostile bytes; an hour and more. The report goes into docs/torture.md
	go run ./cmd/parley-torture -into docs/torture.md

fuzz: ## half a minute of each fuzz target
	@grep -rno --include='*_test.go' 'func Fuzz[A-Za-z]*' . | while IFS=: read -r file _ target; do \
		go test "$$(dirname "$$file")" -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime 30s -fuzzminimizetime 1x || exit 1; \
	done

vulnerabilities: ## known ones in what we depend on; needs the Go vulnerability database
	go tool -modfile=tools/go.mod govulncheck ./...
