# The versions of what is not in go.mod.
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
REDOCLY       = @redocly/cli@2.77.0
SPECTRAL      = @stoplight/spectral-cli@6.16.3
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0

FUZZTIME = 1m

.PHONY: help contract test generate check lint vuln fuzz bench

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

contract: ## Run the five operations against a fake and hold them against openapi.yaml; LIVE=1 runs against Cloudflare
	@go run ./tests/cmd/contract $(if $(LIVE),-live) $(ARGS)

test: ## Run all tests
	go test ./...
	@go test -run EveryChange -v ./tests/contract | grep ^mutation

generate: ## Rewrite generated/ from openapi.yaml
	go generate ./...

check: ## Check formatting, go.mod, vet, and the tests under the race detector (one of them: is generated/ up to date?)
	@test -z "$$(gofmt -l .)" || { gofmt -d .; echo 'run gofmt -w .' >&2; exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	go test -race ./...

lint: ## Lint the code and, with Node.js, the document
	go run $(GOLANGCI_LINT) run
	npx --yes $(REDOCLY) lint openapi.yaml
	npx --yes $(SPECTRAL) lint --fail-severity=hint openapi.yaml

vuln: ## Look for known vulnerabilities in what the module calls
	go run $(GOVULNCHECK) ./...

fuzz: ## Run each fuzz target for a minute, or FUZZTIME
	for target in FuzzUnwrap FuzzID FuzzRetryAfter; do \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./wrapper || exit 1; \
	done

bench: ## Measure against hand-written code and the official SDK, in about ten minutes, and print the README's table
	@mkdir -p .build
	go -C tests/bench test -run '^$$' -bench . -benchtime 0.5s -count 6 > .build/bench.txt
	go -C tests/bench run ./cmd/cost > .build/cost.txt
	@go -C tests/bench run ./cmd/report ../../.build/bench.txt ../../.build/cost.txt
