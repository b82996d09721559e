# OrderTrail. `make` lists what can be asked; every target makes the environment that it needs.

UV_VERSION := 0.13.8
BIN := .venv/bin
READY := .venv/ready
SHELL := /bin/sh

# A program that may not keep what it compiled compiles it at every start: a second, hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-long check bench bench-quick lock

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment .venv from requirements.lock

# Output goes to standard error, so that `make -s bench-quick` prints its JSON and nothing else.
$(READY): requirements.lock pyproject.toml
	@{ set -e; \
	for python in "$${PYTHON:-python3}" python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
		python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'OrderTrail needs Python 3.11 or newer; name it with PYTHON=/path/to/python make setup.'; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
		echo "Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv --clear .venv || { \
			echo 'Python could not make a virtual environment; on Debian: apt-get install python3-venv'; exit 1; }; \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'; \
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	touch $(READY); \
	} >&2

demo: $(READY) ## Start everything, let orders live over HTTP, check the totals, leave it running
	@$(BIN)/ordertrail demo $(ARGS)

up: $(READY) ## Start the system: PostgreSQL, API, relay and projectors
	@$(BIN)/ordertrail up $(ARGS)

check: $(READY) ## Format, lint, types, import contracts, unit and property tests, simulation
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto tests/unit tests/property tests/architecture --cov --cov-report=term-missing:skip-covered -q
	$(BIN)/pytest -n auto tests/simulation -q

test: $(READY) ## Run every test against real PostgreSQL and RabbitMQ
	@$(BIN)/python -m tests.run $(ARGS)

REPORTS ?= long-reports.jsonl

test-long: $(READY) ## Run the faults at full length, more of the rest, the import under kills: about an hour
	@$(BIN)/python -m tests.run --long $(REPORTS) $(ARGS)

bench: $(READY) ## Run every benchmark
	@$(BIN)/python -m benchmarks.run $(ARGS)

bench-quick: $(READY) ## Run the quick benchmarks and print one JSON object
	@$(BIN)/python -m benchmarks.quick $(ARGS)

# The locks take nothing younger than a week and name no index. requirements.lock holds everything, for
# development; requirements-runtime.lock is the part of it that the image installs, extras included.
COMPILE = $(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	--generate-hashes --exclude-newer '7 days' --no-emit-index-url --custom-compile-command 'make lock' --quiet

lock: $(READY) ## Resolve the dependencies again into the lock files
	@$(COMPILE) --upgrade --group dev --output-file requirements.lock
	@$(COMPILE) --upgrade --group build --constraint requirements.lock --output-file requirements-runtime.lock
