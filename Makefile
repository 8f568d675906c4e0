# Everything a person runs. Needs python3 (3.11 or later), pip, make and git; all else is fetched by `setup`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check bench dbt docs promtool setup lock clean

PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
LOCKS := requirements/core.txt requirements/reports.txt requirements/dev.txt
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make lock"

help: ## Say what can be run
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Set up, then show a month of a small marketplace: disputes, books, breaks
	@$(BIN)/recoup demo

test: check ## Set up, check the house, run the tests (slow ones left out)
	@$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: setup .venv/.spark-ready ## Run the tests that take minutes
	@$(BIN)/python -m pytest -n 2 -m slow

check: setup .venv/.spark-ready ## Style, types, floors and the rules of the house
	@echo "ruff";   $(BIN)/ruff check --quiet .
	@echo "format"; $(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@echo "mypy";   $(BIN)/mypy --no-error-summary
	@echo "floors"; said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }
	@echo "tidy";   $(BIN)/python -m tools.tidy

bench: setup .venv/.bench-ready ## Run the benchmarks one after another; each prints its ratio or count
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || exit 1; done

.venv/.bench-ready: requirements/bench.txt .venv/.ready
	@echo "setup: installing what the benchmarks compare with"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/bench.txt
	@touch $@

.venv/.spark-ready: requirements/spark.txt .venv/.ready
	@echo "setup: installing Spark's client and a server for the tests"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/spark.txt
	@touch $@

dbt: setup .venv-dbt/.ready ## Export the demo's data sources as a dbt project and build it with dbt
	@place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
		$(BIN)/recoup --home "$$place/home" demo --json >"$$place/said.json"; \
		$(BIN)/recoup --home "$$place/home" marts export --dbt "$$place/project" --json >"$$place/said.json"; \
		cd "$$place/project"; DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_VERSION_CHECK=false \
		"$(CURDIR)/.venv-dbt/bin/dbt" --quiet --no-use-colors build --profiles-dir .; \
		echo "dbt: $$(ls models/*.sql | wc -l) models and $$(ls tests/*.sql | wc -l) tests of them are well"

.venv-dbt/.ready: requirements/dbt.txt | $(UV)
	@echo "setup: making .venv-dbt"
	@test -x .venv-dbt/bin/python || $(UV) venv --quiet --no-python-downloads --python $(PYTHON) .venv-dbt
	@$(UV) pip sync --quiet --python .venv-dbt/bin/python --require-hashes requirements/dbt.txt
	@touch $@

docs: setup ## Write the reference pages anew from the tables and the running program
	@$(BIN)/python -m tools.reference

promtool: .tools/promtool ## Fetch what checks alert rules, of Debian's package prometheus; nothing is installed or started

.tools/promtool:
	@echo "setup: fetching promtool"
	@mkdir -p .tools; place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; chmod 755 "$$place"; cd "$$place"; \
		apt-get download -qq prometheus >log 2>&1 || { cat log; exit 1; }; \
		dpkg-deb --extract prometheus_*.deb package; mv package/usr/bin/promtool "$(CURDIR)/$@"

setup: .venv/.ready ## Make .venv with the pinned requirements; quick when nothing is to be done

.venv/.ready: $(LOCKS) pyproject.toml requirements/tools.txt src/recoup/__init__.py | $(UV)
	@echo "setup: making .venv"
	@test -x $(BIN)/python || $(UV) venv --quiet --no-python-downloads --python $(PYTHON) .venv
	@echo "setup: installing the pinned requirements"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes $(LOCKS:%=--requirement %)
	@echo "setup: installing recoup"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV): requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Recoup needs Python 3.11 or later; found: $$($(PYTHON) --version)"; exit 1; }
	@echo "setup: fetching uv"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade \
		--target .tools --require-hashes --requirement requirements/tools.txt
	@touch $@

lock: $(UV) ## Resolve requirements/*.in again into pinned, hashed *.txt
	@for name in tools core reports dev spark bench dbt; do $(COMPILE) requirements/$$name.in --output-file requirements/$$name.txt; done

clean: ## Remove what setup and the tools made (never a home)
	rm -rf .venv .venv-dbt .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
