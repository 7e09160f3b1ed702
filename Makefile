# `make run` and `make test` work from a bare clone: they install what is missing first.
.DEFAULT_GOAL := help
.PHONY: help run setup test lint bench load torture lock sbom clean

PORT ?= 8000
ARGS ?=
PY := .venv/bin/python
# What Python compiles is kept, whatever the shell says: each process that a test starts reads it.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1#/p' Makefile | awk -F'#' '{ printf "%-12s %s\n", $$1, $$2 }'

run: ## Install what is missing, then serve http://127.0.0.1:8000 (PORT=… for another port)
	@PORT='$(PORT)' exec scripts/run.sh

setup: ## Install what `make run` needs, without starting
	@scripts/setup.sh

# Sets keep their order from run to run: no test's outcome is chance.
test: ## Run every test (ARGS='…' goes to pytest)
	@scripts/setup.sh test
	PYTHONHASHSEED=0 $(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: ## Format check, linter, type checker, import contracts
	@scripts/setup.sh dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache

bench: ## Measure pages and certificates against the yardstick (ARGS='--help' for its options)
	@scripts/setup.sh test
	$(PY) -m tests.bench $(ARGS)

load: ## Whole journeys at once on both databases: how many a minute, and what each step takes (ARGS='--help')
	@scripts/setup.sh test
	$(PY) -m tests.load $(ARGS)

torture: ## Kill, cut off, fill and put wrong while people work; then look for what was lost (ARGS='--help')
	@scripts/setup.sh test
	$(PY) -m tests.load.torture $(ARGS)

# uv writes a lock for every platform at once, which pip cannot; pip alone installs from it.
UV_COMPILE := $(PY) -m uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --quiet
lock: ## Write the locks anew from pyproject.toml (ARGS='--upgrade' for newer releases)
	@scripts/setup.sh dev
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check uv
	$(UV_COMPILE) $(ARGS) --output-file requirements.lock
	$(UV_COMPILE) $(ARGS) --group dev --constraints requirements.lock --output-file requirements-dev.lock

# In an environment of its own: what it brings along takes every process of the tests a second to load.
sbom: ## Write sbom.json: every library that the application needs, with its checksums (CycloneDX)
	@scripts/setup.sh dev
	@test -x .venv/sbom/bin/cyclonedx-py || { $(PY) -m venv .venv/sbom && \
		.venv/sbom/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom; }
	.venv/sbom/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-file sbom.json

clean: ## Remove caches and test results; data in instance/ and .venv stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
