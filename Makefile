# The checks themselves stand in .ci/run, so that they run where there is no make.

.PHONY: check test bench torture fuzz vulnerabilities

check: ## all that CI runs
	bash .ci/run

test: ## the tests alone
	go test ./...

bench: ## Parley against raw JetStream, as ratios: ten to twenty minutes, some 4 GB of temporary files
	go run ./cmd/parley-bench

torture: ## what the log survives: kills, full disks, clocks, a cluster, hostile bytes; an hour and more. The report goes into docs/torture.md
	go run ./cmd/parley-torture -into docs/torture.md

fuzz: ## half a minute of each fuzz target
	@grep -rno --include='*_test.go' 'func Fuzz[A-Za-z]*' . | while IFS=: read -r file _ target; do \
		go test "$$(dirname "$$file")" -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime 30s || exit 1; \
	done

vulnerabilities: ## known ones in what we depend on; needs the Go vulnerability database
	go tool -modfile=tools/go.mod govulncheck ./...
