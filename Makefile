# The commands of the project. README.md names the two that matter: the main
# job, and the tests.

GO ?= go
export CGO_ENABLED = 0

.PHONY: test race fuzz generate scoreboard acceptance acceptance-update mutation bench cross release

test: ## every test; what a test needs and the machine lacks is installed first
	.ci/chromium
	$(GO) test -timeout 30m ./...

race: ## the engine and the program under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m ./validate/... ./cmd/mhsds

FUZZTIME ?= 10s
READERTIME ?= $(FUZZTIME)
fuzz: ## every fuzz target for FUZZTIME; those of what other people make for READERTIME
	.ci/fuzz $(FUZZTIME) $(READERTIME)

generate: ## schemas and handbook from the dictionary; a test fails when they are stale
	$(GO) generate ./...

ACCEPT ?=
scoreboard: ## measure what is known of every rule, and write it down; ACCEPT='why' lets figures fall
	$(GO) run ./cmd/mhsds/internal/scoreboard -accept "$(ACCEPT)"

acceptance: ## a thousand made-up submissions; fails when the findings are not those of totals.csv
	$(GO) run ./cmd/mhsds/internal/acceptance

acceptance-update: ## writes the findings of today to totals.csv, and says what CHANGELOG.md must declare
	$(GO) run ./cmd/mhsds/internal/acceptance -update

MUTANTS ?= 150
SEED ?= 4711
mutation: ## would the tests notice a changed operator, constant or statement? MUTANTS of each package; 0 is every one, for hours; a new SEED takes others
	$(GO) run ./cmd/mhsds/internal/mutate -n $(MUTANTS) -seed $(SEED) -page testdata/mutation.md

bench: ## speed against encoding/csv, memory, start-up; needs a quiet machine
	$(GO) run -buildvcs=true ./cmd/mhsds bench

cross: ## the other systems the program runs on
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/mhsds
	GOOS=windows GOARCH=arm64 $(GO) build -o /dev/null ./cmd/mhsds
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/mhsds

DIST ?= dist
release: ## what people download, into dist/; VERSION=…, which begins with that of version.go, names it otherwise
	$(GO) run ./cmd/mhsds/internal/release -out $(DIST) -version "$(VERSION)"
