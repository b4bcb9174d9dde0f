# One name per action; the same words in CI. `make demo` and `make test` do all their own set-up.
PYTHON ?= python3.11
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CHROMIUM_INSTALL := deploy/install-chromium.sh

.PHONY: setup demo test coverage test-slow check check-python check-web web client train bench clean
.DEFAULT_GOAL := help

help:  ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.full web/node_modules/.ready  ## Everything for work on Neuroscope: training, tests, web

# One .venv, two stamps. `.runtime` is what the workbench needs; `.full` adds PyTorch and the test
# tools to it, so that whoever has `.full` has `.runtime` too.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Debian and Ubuntu: apt install python3.11-venv"; exit 2; }

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== Python packages of the workbench into $(VENV) (once; a minute or two)"
	$(PIP) -e .
	touch $@

$(VENV)/.full: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== Python packages for training and tests into $(VENV) (once; a few minutes)"
	$(PIP) -e '.[openvino,train,dev]'
	$(PIP) --no-deps chromadb  # the server that tests start is a program of its own inside the wheel
	touch $(VENV)/.runtime $@

web/node_modules/.ready: web/package.json web/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a == 20 && +b >= 19) ? 0 : 1)' \
	  2>/dev/null && command -v npm >/dev/null || { echo "Node 20.19 or newer is needed, with npm: install it and try again"; exit 2; }
	@echo "== web packages (once)"
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts -type f 2>/dev/null)
src/neuroscope/web/index.html: web/node_modules/.ready $(WEB_SOURCES)
	@echo "== building the page"
	cd web && npm run --silent build

web: src/neuroscope/web/index.html  ## Build the page into the Python package

demo: $(VENV)/.runtime web  ## Make synthetic studies, analyze them, open the workbench
	$(BIN)/neuroscope demo

check: setup  ## Format, lint, types, import rules: Python beside the page
	@$(MAKE) --no-print-directory -j2 check-python check-web

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check-web:
	cd web && npm run --silent check

client: setup  ## Rewrite the OpenAPI document and the web client from the routes
	$(BIN)/python -m neuroscope.api.openapi docs/reference/openapi.json
	cd web && npm run --silent client

test: check web  ## All that CI runs: checks, Python tests, web tests, browser journeys
	bash $(CHROMIUM_INSTALL)  # first: with it comes libharfbuzz-subset0, which reports are tested with
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow and not gpu" \
	  --tb=short --durations=10
	cd web && npm run --silent test
	cd web && npm run --silent e2e

coverage: setup web  ## Which code the tests reach: Python into htmlcov/ (a third slower), the page in short
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow and not gpu" \
	  --tb=short --cov --cov-report=html
	cd web && npm run --silent coverage

test-slow: setup web  ## Long tests: the whole demo, thorough fuzzing, 300 slices and a kill
	$(BIN)/pytest -m "slow" --durations=20

train: setup  ## Train the shipped network again (needs NEUROSCOPE_DATA)
	$(BIN)/neuroscope train classifier

bench: setup  ## Measure speed and memory beside a rival; writes benchmarks/results
	$(BIN)/python benchmarks/run_all.py

clean:  ## Remove what the targets made (not your store)
	rm -rf $(VENV) web/node_modules src/neuroscope/web demo
