# The versions of what is not in go.mod. NEXT_GO is the newer of the two supported releases; go.mod names the older.
NEXT_GO       = go1.27.4
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
REDOCLY       = @redocly/cli@2.77.0
SPECTRAL      = @stoplight/spectral-cli@6.16.3
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0
OASDIFF       = github.com/oasdiff/oasdiff@v1.35.0
SCALAR        = @scalar/api-reference@1.72.1
PLAYWRIGHT    = playwright-core@1.65.1
CLOUDFLARE    = cloudflare@7.3.0
PRISM         = @stoplight/prism-cli@5.14.2
export OPENAPI_TYPESCRIPT = 7.13.0
export TYPESCRIPT         = 5.9.3
export OGEN               = v1.24.0

NPM_INSTALL = npm install --no-save --no-audit --no-fund --loglevel=error --prefix
FUZZTIME    = 1m
UPSTREAM    = https://raw.githubusercontent.com/cloudflare/api-schemas/main/openapi.json
BASE        = $(shell git describe --tags --abbrev=0 2>/dev/null)

.PHONY: help contract test generate check lint vuln fuzz bench docs interop generators breaking upstream

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

contract: ## Run every operation against a fake and compare the answers with openapi.yaml and with each other; LIVE=1 runs against Cloudflare
	@go run ./tests/cmd/turnkeys-contract $(if $(LIVE),-live) $(ARGS)

test: ## Run all tests
	go test ./...

generate: ## Rewrite generated/ from openapi.yaml, and the client that the benchmarks compare with
	go generate ./...
	go tool oapi-codegen -config tests/bench/bare/client.yaml -o tests/bench/bare/client.gen.go openapi.yaml

check: ## Check formatting, go.mod and vet; run the tests under the race detector, and on the newer supported Go
	@test -z "$$(gofmt -l .)" || { gofmt -d .; echo 'run gofmt -w .' >&2; exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	go test -race ./...
	GOTOOLCHAIN=$(NEXT_GO) go test ./...
	go tool oapi-codegen -config tests/bench/bare/client.yaml -o /dev/stdout openapi.yaml | diff tests/bench/bare/client.gen.go -
	cd tests/bench && go mod tidy -diff && go vet ./... && go test ./...
	cd tests/upstream && go mod tidy -diff && go vet ./... && go test ./...

lint: ## Lint the code and, with Node.js, the document
	go run $(GOLANGCI_LINT) run
	npx --yes $(REDOCLY) lint --extends recommended-strict openapi.yaml
	npx --yes $(SPECTRAL) lint --fail-severity=hint openapi.yaml

vuln: ## Look for known vulnerabilities in what the module calls
	go run $(GOVULNCHECK) ./...

fuzz: ## Run each fuzz target for a minute, or FUZZTIME
	for target in FuzzUnwrap FuzzID FuzzRetryAfter; do \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./wrapper || exit 1; \
	done

bench: ## Measure against hand-written code and the official SDK, in about ten minutes, and print the table of BENCHMARKS.md
	@mkdir -p .build
	go -C tests/bench test -c -o ../../.build/bench.test .
	for round in 1 2 3 4 5 6 7 8; do \
		.build/bench.test -test.run '^$$' -test.bench . -test.benchtime 0.2s || exit 1; \
	done > .build/bench.txt # in rounds, so that what slows the machine for a while slows every peer
	go -C tests/bench run ./cmd/cost > .build/cost.txt
	@go -C tests/bench run ./cmd/report ../../.build/bench.txt ../../.build/cost.txt

docs: ## Render openapi.yaml to .build/openapi.html, and open that in headless Chromium (the one on the PATH, or $CHROME)
	$(NPM_INSTALL) .build/docs $(PLAYWRIGHT)
	cd .build/docs && tar -xzf "$$(npm pack --silent $(SCALAR))" package/dist/browser/standalone.js
	node tests/docs/render.mjs .build/docs/package/dist/browser/standalone.js .build/openapi.html
	node --test --test-reporter=spec tests/docs/page.test.mjs

interop: ## Drive the fake with Cloudflare's own Go and npm clients, and turnkeys against Prism
	$(NPM_INSTALL) .build/interop $(CLOUDFLARE) $(PRISM)
	tests/interop/run

generators: ## Compile what two more generators make of openapi.yaml
	tests/generators/run

breaking: ## List what changed in openapi.yaml since the last tag, or BASE, and fail if it breaks users
	@if [ -z "$(BASE)" ]; then echo 'there is no tag yet to compare openapi.yaml with; give a revision as BASE=...'; else \
		go run $(OASDIFF) changelog --flatten-allof --fail-on ERR "$(BASE):openapi.yaml" openapi.yaml; fi

upstream: ## Compare openapi.yaml with Cloudflare's own document, or the file or address in UPSTREAM
	@go -C tests/upstream build -o ../../.build/upstream .
	@.build/upstream "$(UPSTREAM)"
