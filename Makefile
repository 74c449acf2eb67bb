# Two commands from a fresh machine: `make run` and `make test`. Both set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
HOME_DIR ?= workspace
BIN := .venv/bin

.PHONY: help run demo setup setup-dev system lock check format test bench evals clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: .venv/.runtime ## Set up, load the sample workspace, start the service and print its address
	@$(BIN)/guanxi --home $(HOME_DIR) serve --sample

demo: .venv/.runtime ## Play a whole conversation in the terminal, without key or network
	@$(BIN)/guanxi demo

setup: .venv/.runtime ## Virtual environment with the locked runtime dependencies

setup-dev: .venv/.dev ## The same with the tools that tests need

.venv/bin/uv: requirements-bootstrap.lock
	@echo "· creating .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

.venv/.runtime: .venv/bin/uv requirements.lock pyproject.toml
	@echo "· installing locked dependencies"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@echo "· installing test tools"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

system: ## Debian packages that tests use: Chromium, CJK fonts, SoftHSM2, Maven and a JDK for Neo4j
	@if command -v chromium >/dev/null && command -v mvn >/dev/null && command -v softhsm2-util >/dev/null; then exit 0; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "· installing Chromium, fonts, Maven, SoftHSM2"; apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk maven openjdk-17-jdk-headless softhsm2 >/dev/null; \
	else echo "· Chromium, Maven or SoftHSM2 is missing and cannot be installed from here: those tests will be skipped"; fi

lock: .venv/bin/uv ## Resolve the dependencies anew (hashes, no index address)
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra models -c requirements.lock --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

check: .venv/.dev ## Lint, format, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only .

test: .venv/.dev system check ## Everything: lint, types, architecture, unit, contract, integration, e2e, docs
	@$(BIN)/python -m pytest
	@$(BIN)/python -m evals.smoke

bench: .venv/.dev ## Measure and write docs/benchmarks.md
	@$(BIN)/python -m evals.bench

evals: .venv/.dev ## Run the shipped evals and compare with the baseline
	@$(BIN)/python -m evals.smoke --all

clean: ## Remove the virtual environment and caches (never a workspace)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
