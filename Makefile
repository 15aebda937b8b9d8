# Versions of the tools that are not in go.mod. NEXT_GO is the newer of the two supported releases; go.mod names the older.
# openapi-typescript works with TypeScript 5 only.
NEXT_GO       = go1.27.4
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
REDOCLY       = @redocly/cli@2.77.0
SPECTRAL      = @stoplight/spectral-cli@6.16.3
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0
OASDIFF       = github.com/oasdiff/oasdiff@v1.37.0
SCALAR        = @scalar/api-reference@1.72.1
PLAYWRIGHT    = playwright-core@1.65.1
CLOUDFLARE    = cloudflare@7.3.0
PRISM         = @stoplight/prism-cli@5.16.0
export OPENAPI_TYPESCRIPT = 7.13.0
export TYPESCRIPT         = 5.9.3
export OGEN               = v1.24.0

NPM_INSTALL = npm install --no-save --no-audit --no-fund --loglevel=error --prefix
FUZZTIME    = 1m
UPSTREAM    = https://raw.githubusercontent.com/cloudflare/api-schemas/main/openapi.json
# For oasdiff: compare only the structure of requests and responses, and print text.
STRUCTURE   = --format text --flatten-allof --exclude-elements description,examples,extensions,summary,tags,title
export CHROME ?= $(firstword $(shell which chromium chromium-browser google-chrome 2>/dev/null))
BASE        = $(shell git describe --tags --abbrev=0 2>/dev/null)

.PHONY: help contract test generate check lint vuln fuzz bench docs interop generators breaking upstream

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

contract: ## Run every operation against a fake and compare the responses with openapi.yaml and with each other; LIVE=1 runs against Cloudflare
	@go run ./tests/cmd/turnkeys-contract $(if $(LIVE),-live) $(ARGS)

test: ## Run all tests
	go test ./...

generate: ## Regenerate generated/ and the bare client of the benchmarks from openapi.yaml
	go generate ./...
	go tool oapi-codegen -config tests/bench/bare/client.yaml -o tests/bench/bare/client.gen.go openapi.yaml

check: ## Check formatting, go.mod and vet; run the tests with the race detector and with the newer Go release
	@test -z "$$(gofmt -l .)" || { gofmt -d .; echo 'run gofmt -w .' >&2; exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	go test -race -timeout 30m ./...
	GOTOOLCHAIN=$(NEXT_GO) go test ./...
	go tool oapi-codegen -config tests/bench/bare/client.yaml -o /dev/stdout openapi.yaml | diff tests/bench/bare/client.gen.go -
	cd tests/bench && go mod tidy -diff && go vet ./... && go test ./...
	tests/publish/run

lint: ## Lint the code and openapi.yaml
	go run $(GOLANGCI_LINT) run
	npx --yes $(REDOCLY) lint --extends recommended-strict openapi.yaml
	npx --yes $(SPECTRAL) lint --fail-severity=hint openapi.yaml

vuln: ## Report known vulnerabilities in code that the module calls
	go run $(GOVULNCHECK) ./...

fuzz: ## Run each fuzz target for FUZZTIME, a minute by default
	for target in tests/FuzzUnwrap tests/FuzzID wrapper/FuzzRetryAfter tests/contract/FuzzCheck; do \
		go test -run '^$$' -fuzz "^$${target##*/}\$$" -fuzztime $(FUZZTIME) "./$${target%/*}" || exit 1; \
	done

bench: ## Spend ten minutes comparing turnkeys with hand-written code and the official SDK; print the table in BENCHMARKS.md
	@mkdir -p .build
	go -C tests/bench test -c -o ../../.build/bench.test .
	for round in 1 2 3 4 5 6 7 8; do \
		.build/bench.test -test.run '^$$' -test.bench . -test.benchtime 0.2s || exit 1; \
	done > .build/bench.txt # in rounds, so that a slow moment of the machine slows every peer
	go -C tests/bench run ./cmd/cost > .build/cost.txt
	@go -C tests/bench run ./cmd/report ../../.build/bench.txt ../../.build/cost.txt

docs: ## Render openapi.yaml to .build/openapi.html, and test the page in the Chromium or Chrome on the PATH, or in CHROME
	@command -v "$$CHROME" > /dev/null || { echo 'docs: needs Chromium or Chrome: install one, or set CHROME to its path' >&2; exit 1; }
	$(NPM_INSTALL) .build/docs $(PLAYWRIGHT)
	cd .build/docs && tar -xzf "$$(npm pack --silent $(SCALAR))" package/dist/browser/standalone.js
	node tests/docs/render.mjs .build/docs/package/dist/browser/standalone.js .build/openapi.html
	node --test --test-reporter=spec tests/docs/page.test.mjs

interop: ## Test the fake with Cloudflare's Go and npm clients, and turnkeys with Prism
	$(NPM_INSTALL) .build/interop $(CLOUDFLARE) $(PRISM)
	tests/interop/run

generators: ## Generate clients from openapi.yaml with two other generators, and compile them
	tests/generators/run

breaking: ## List what changed in openapi.yaml since the last tag, or BASE, and fail if it breaks users
	@if [ -z "$(BASE)" ]; then echo 'no tag to compare openapi.yaml with; set BASE to a revision'; else \
		go run $(OASDIFF) diff $(STRUCTURE) "$(BASE):openapi.yaml" openapi.yaml && \
		go run $(OASDIFF) changelog --flatten-allof --fail-on ERR "$(BASE):openapi.yaml" openapi.yaml; fi

upstream: ## Report what changed in Cloudflare's own document, or in UPSTREAM, a file or URL
	@mkdir -p .build
	@node tests/upstream/cut.mjs "$(UPSTREAM)" > .build/upstream.json
	@go run $(OASDIFF) diff $(STRUCTURE) --flatten-params openapi.yaml .build/upstream.json > .build/upstream.txt
	@diff -U 12 -F '^[A-Z]' tests/upstream.txt .build/upstream.txt || \
		{ echo 'Adapt openapi.yaml if need be. To accept the differences, cp .build/upstream.txt tests/upstream.txt' >&2; exit 1; }
	@echo "Cloudflare's document differs from openapi.yaml as tests/upstream.txt says"
