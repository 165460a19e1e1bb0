# Every target bootstraps what it needs into .venv from a machine with Python 3.11+ and pip.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SDKDIR := $(VENV)/share/weft/sdk

.PHONY: help install demo serve check lint types servers test bench soak docs lock clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Weft needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "== creating $(VENV)"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null && $(PYTHON) -m venv $(VENV) || $(PYTHON) -m venv --without-pip $(VENV)

PIP = $(shell test -x $(BIN)/pip && echo "$(BIN)/python -m pip" || echo "$(PYTHON) -m pip --python $(VENV)")
QUIET = --quiet --disable-pip-version-check

$(VENV)/.run: $(BIN)/python requirements/run.txt requirements/sdk.txt
	@echo "== installing what Weft runs on (pinned, hashed)"
	@$(PIP) install $(QUIET) --require-hashes -r requirements/run.txt
	@rm -rf $(SDKDIR) && $(PIP) install $(QUIET) --require-hashes --target $(SDKDIR) -r requirements/sdk.txt
	@touch $@

$(VENV)/.weft: $(VENV)/.run pyproject.toml sdk/pyproject.toml hatch_build.py $(shell find sdk/src adapters -name '*.py' -o -name '*.yaml' 2>/dev/null)
	@echo "== installing weft and weft-adapter"
	@$(PIP) install $(QUIET) --no-deps --no-build-isolation -e ./sdk -e .
	@$(PIP) install $(QUIET) --no-deps --no-build-isolation --upgrade --target $(SDKDIR) ./sdk
	@touch $@

install: $(VENV)/.weft  ## install Weft into .venv

$(VENV)/.test: $(VENV)/.weft requirements/test.txt
	@echo "== installing the test tools (pinned, hashed)"
	@$(PIP) install $(QUIET) --require-hashes -r requirements/test.txt
	@touch $@

demo: install    ## start Weft on an empty file and run a real workflow to its end
	@$(BIN)/weft demo

serve: install   ## run Weft on ./var, port 8080
	@$(BIN)/weft serve --data-dir var

lint: $(VENV)/.test
	@echo "== format and lint"       && $(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@echo "== import contracts"      && $(BIN)/lint-imports --no-cache | tail -3
	@echo "== sizes, mirrored tests" && $(BIN)/python tools/check_house.py
	@echo "== documentation"         && $(BIN)/python tools/check_docs.py

types: $(VENV)/.test
	@echo "== strict types"          && $(BIN)/basedpyright --level error

servers: $(VENV)/.test  ## install the servers that tests start, where they are missing (root, Debian)
	@$(BIN)/python tools/install_servers.py

test: $(VENV)/.test servers
	@echo "== tests"                 && $(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

check: lint types test  ## everything that must hold: lint, contracts, sizes, types, all tests
	@echo "== all checks passed"

bench: $(VENV)/.test  ## measure Weft and its peers; table and benchmarks/results.json
	@$(BIN)/python -m benchmarks.main

soak: $(VENV)/.test   ## 1,000 kill -9 rounds
	@WEFT_KILL_ROUNDS=1000 $(BIN)/pytest -q -s --timeout 7200 tests/durability

docs: $(VENV)/.test   ## check links, code blocks and commands of the documentation
	@$(BIN)/python tools/check_docs.py

lock:                 ## compile requirements/*.in with hashes (needs uv)
	@for f in run sdk test peer-dbos peer-prefect; do uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/$$f.in -o requirements/$$f.txt; done

clean:
	@rm -rf $(VENV) var
