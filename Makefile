# make run    set up, run the nightly job on the demo CRM (or your own sources, see README.md) and print a summary
# make test   set up and run all tests; DUCKDB=1.5.6 tests against another DuckDB
# make dev    the Dagster UI with its daemon on http://127.0.0.1:3000
# make check  dry run, nothing loaded: make check MAPPING=my_company.yml (files) or SOURCE=bitrix24 (CRM)
# make lint   ruff, sqlfluff and types
# make bench  measure the nightly run beside bare SQL

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run test dev check lint format bench clean

UV_VERSION := 0.13.9
DUCKDB ?=
VENV := .venv$(if $(DUCKDB),-duckdb-$(DUCKDB))
BIN := $(VENV)/bin
UV := .tools/uv/bin/uv
PYTEST_ARGS ?=

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
# Every night starts Python several times: bytecode made once at set-up halves its start.
export UV_COMPILE_BYTECODE := 1
export VORONKA_DATA_DIR ?= $(CURDIR)/data
export DAGSTER_HOME ?= $(VORONKA_DATA_DIR)/dagster_home
# Telemetry of every library is off before any of them starts (Dagster: dagster.yaml).
export RUNTIME__DLTHUB_TELEMETRY := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

help:
	@sed -n 's/^# //p' Makefile | sed '/^$$/q'

$(UV):
	@python=$$(for p in python3.13 python3.12 python3.11 python3; do \
	    if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$p"; break; fi; done); \
	if [ -z "$$python" ]; then echo "Voronka needs Python 3.11 or newer on the PATH" >&2; exit 1; fi; \
	echo "Installing uv $(UV_VERSION) into .tools/"; \
	"$$python" -m venv .tools/uv && .tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.ready: $(UV) pyproject.toml uv.lock
	@echo "Installing the locked dependencies into $(VENV)/"
	@$(UV) sync --locked --quiet
	@if [ -n "$(DUCKDB)" ]; then $(UV) pip install --quiet --python $(VENV) duckdb==$(DUCKDB); fi
	@touch $@

setup: $(VENV)/.ready

run: setup
	@$(BIN)/python -m dagster_project.nightly

test: setup
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

dev: setup
	@$(BIN)/python -m dagster_project.dev

check: setup
	@if [ -n "$(SOURCE)" ]; then $(BIN)/python -m dagster_project.sources.rest.check "$(SOURCE)"; \
	elif [ -n "$(MAPPING)" ]; then $(BIN)/python -m dagster_project.sources.files.check "$(MAPPING)"; \
	else echo "usage: make check MAPPING=my_company.yml, or make check SOURCE=bitrix24" >&2; exit 2; fi

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt/models dbt/tests --disable-progress-bar --processes 2

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt/models dbt/tests --disable-progress-bar

bench: setup
	@$(BIN)/python -m tests.bench

clean:
	rm -rf .venv* .tools dbt/target dbt/logs
