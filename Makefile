# The concurrency story, measured.
#
#   make compare    measure the four techniques on this machine     (ROUNDS=5 QUICK=1 FULL=1 ONLY=hashes,cats ...)
#   make test       prove that it is all true
#   make help       list everything

CARGO ?= cargo
PROGRAMS = --bin sequential --bin threading --bin multiprocessing --bin asyncio --bin server --bin compare

.DEFAULT_GOAL := help

.PHONY: compare
compare: programs ## Measure the four techniques on this machine, and conclude
	@target/release/compare

.PHONY: test
test: ## Run all tests; needs nothing but cargo
	$(CARGO) test --workspace --quiet

.PHONY: check
check: ## Formatting, lints, tests
	@if $(CARGO) fmt --version >/dev/null 2>&1; then $(CARGO) fmt --all --check; else echo "skipped: rustfmt is not installed"; fi
	@if $(CARGO) clippy --version >/dev/null 2>&1; then $(CARGO) clippy --workspace --all-targets --quiet -- -D warnings; else echo "skipped: clippy is not installed"; fi
	@$(MAKE) --no-print-directory test

.PHONY: readme
readme: programs ## Write the last comparison into README.md
	@target/release/compare readme

.PHONY: programs
programs:
	@$(CARGO) build --workspace --release --quiet $(PROGRAMS)

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
