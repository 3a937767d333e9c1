# The concurrency story, measured.
#
#   make compare    measure the four techniques on this machine     (ROUNDS=5 QUICK=1 FULL=1 ONLY=hashes,cats ...)
#   make compare PYTHON=python3    Python beside Rust: the same work, in the same rounds
#   make test       prove that it is all true
#   make help       list everything

CARGO ?= cargo
PROGRAMS = --bin sequential --bin threading --bin multiprocessing --bin asyncio --bin server --bin load --bin compare \
	--bin sequential-work --bin threading-work --bin multiprocessing-work --bin asyncio-work
# cargo knows where it puts programs: CARGO_TARGET_DIR, its configuration and the target platform decide. Programs are chosen by their
# names and not by their packages (-p): then all have the same features of the same crates, and none is compiled twice.
# The cluster takes part with MACHINES=2 alone.
PROGRAMS += $(if $(MACHINES),--bin cluster)
COMPARE = $(CARGO) run --release --quiet --bin compare --

.DEFAULT_GOAL := help

.PHONY: compare
compare: programs ## Measure the four techniques, and print the answer; WORK=...: your own work; MACHINES=2: the cluster, too
	@$(COMPARE) $(if $(WORK),work)

.PHONY: test
test: ## Run all tests; needs nothing but cargo
	$(CARGO) test --workspace --quiet

.PHONY: check
check: lint test ## Formatting, lints, tests

.PHONY: lint
lint: ## Formatting and lints
	@if $(CARGO) fmt --version >/dev/null 2>&1; then $(CARGO) fmt --all --check; else echo "skipped: rustfmt is not installed"; fi
	@if $(CARGO) clippy --version >/dev/null 2>&1; then $(CARGO) clippy --workspace --all-targets --quiet -- -D warnings; else echo "skipped: clippy is not installed"; fi

.PHONY: show
show: programs ## Print all of the last comparison: workloads, resources, latencies, floors, ladder, claims
	@$(COMPARE) show

.PHONY: open
open: programs ## Open the page of the last comparison in a browser
	@$(COMPARE) open

.PHONY: site
site: programs ## Write the page of the last comparison into a folder to serve: SITE=folder OTHERS=runs,of,other,machines
	@$(COMPARE) site

.PHONY: read
read: programs ## Read two techniques side by side: W=download A=threading B=asyncio
	@$(COMPARE) read

.PHONY: explain
explain: programs ## Explain a cell of the last comparison: CELL=threading.scheduling; without CELL, list all cells
	@$(COMPARE) explain

.PHONY: calibrate
calibrate: programs ## Try the rule that ranks on rows with a known answer (ROWS=200)
	@$(COMPARE) calibrate

.PHONY: readme
readme: programs ## Write the last comparison into the READMEs
	@$(COMPARE) readme

.PHONY: python
python: target/python/.done ## Install a Python with the packages of its programs, in target/python
target/python/.done: shared/python/requirements.txt
	@python3 -m venv target/python
	@target/python/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: cluster
cluster: ## Run the workloads on two machines on this machine, over a RabbitMQ of their own
	@$(CARGO) build --release --quiet --bin cluster --bin server
	@$(CARGO) run --release --quiet --bin cluster -- machines

.PHONY: cluster-bench
cluster-bench: ## Measure the cluster beside Celery, and from which length on a task pays (QUICK=1: one small round)
	@$(CARGO) build --release --quiet --bin cluster
	@$(CARGO) run --release --quiet --example cluster-bench

.PHONY: celery
celery: target/celery/.done ## Install Celery and Flower from PyPI, in target/celery, for the tests of the cluster
target/celery/.done: multiprocessing/cluster/requirements.txt
	@python3 -m venv target/celery
	@target/celery/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: snippets
snippets: ## Copy every snippet alone into a fresh project and run it
	@$(CARGO) run --quiet --bin snippets

.PHONY: rosetta
rosetta: ## Write the table of Python names into shared/snippets/README.md
	@$(CARGO) run --quiet --bin snippets -- rosetta

.PHONY: traps
traps: ## Run the mistakes that compile, and measure the damage
	@$(CARGO) run --quiet --release --bin traps

.PHONY: chaos
chaos: ## Kill workers of a pool for 20 s and account for every task; CLUSTER=1: nodes and brokers, too
ifdef CLUSTER
	@$(CARGO) run --quiet --release --example cluster-chaos
else
	@$(CARGO) run --quiet --release --example multiprocessing-chaos
endif

.PHONY: bench
bench: programs ## Measure the process library against Python's and others, and the servers against nginx and axum
	$(CARGO) bench --bench multiprocessing
	$(CARGO) bench --bench servers

.PHONY: programs
programs:
	@if [ -t 2 ]; then echo "Building what has changed: 2 to 4 minutes the first time, in 1 GB" >&2; \
	$(CARGO) build --release $(PROGRAMS); \
	else $(CARGO) build --release --quiet $(PROGRAMS); fi

.PHONY: help
help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
