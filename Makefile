# Two commands matter: `make run` and `make test`. Everything that they make is in .venv and in the data folder.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet --quiet
# Where PyTorch publishes builds without CUDA: 200 MB in place of 3 GB.
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH := torch==2.13.0
# An interpreter that has PyTorch 1.8.1; by default one is made.
OLD_PYTHON ?= $(abspath $(VENV))/old-torch/python
# More arguments for pytest: make test PYTEST="tests/seedwatch -k sarif"
PYTEST ?=

.PHONY: help setup native run test test-long test-spawn test-old-torch lint format bench lock clean browser

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-15s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.program ## make .venv and install the program with pinned dependencies

native: setup ## compile the dearest part of an analysis, a fifth of its time less (takes a minute and a C compiler)
	@$(PIP) install --editable '.[native]'
	@$(BIN)/python tools/native.py

run: setup ## scan the demonstration repositories and serve the dashboard on http://127.0.0.1:8000
	@$(BIN)/seedwatch demo

test: $(VENV)/.tests browser ## install what the tests need, and run them all
	@tools/run-tests.sh $(PYTEST)

test-long: $(VENV)/.tests browser ## the tests that take minutes and are not in `make test`
	$(BIN)/python -m pytest -m long $(PYTEST)

test-spawn: $(VENV)/.tests ## the truth table under spawn and fork servers, an hour on two free processors
	$(BIN)/python -m pytest -m spawn tests/conformance $(PYTEST)

test-old-torch: $(VENV)/.tests ## the truth table under a real PyTorch 1.8.1 (2 GB; minutes), or that of OLD_PYTHON
	@[ "$(OLD_PYTHON)" != "$(abspath $(VENV))/old-torch/python" ] || tools/install-old-torch.sh $(BIN)/python $(VENV)/old-torch
	OLD_PYTHON="$(OLD_PYTHON)" $(BIN)/python -m pytest -m old_torch tests/conformance $(PYTEST)

lint: $(VENV)/.tests ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.tests ## put the code into its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.tests ## what the analysis costs beside ast.parse, and what start-up costs
	$(BIN)/python -m benchmarks.cost

lock: ## pin the newest dependencies that pyproject.toml admits
	PYTHON=$(PYTHON) tools/lock.sh

clean: ## remove .venv, what was compiled and what tools left behind; data folders stay
	@rm -f analysis/native.stamp analysis__mypyc.*.so; find analysis -name '*.so' -delete
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

browser:
	@tools/install-browser.sh

$(BIN)/python:
	@tools/make-venv.sh $(PYTHON) $(VENV)

$(VENV)/.program: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing seedwatch and its dependencies into $(VENV) ..."
	@$(PIP) install --no-warn-conflicts --editable .
	@touch $@

# A torch that pip finds without an index (PIP_FIND_LINKS) is taken first: whoever put it there chose the build. Without
# what it needs itself, which comes with the rest: `make -j2` unpacks it while that is fetched, and nothing warns of it.
$(VENV)/.torch: | $(BIN)/python
	@echo "Installing PyTorch into $(VENV) ..."
	@$(PIP) install --no-index --no-deps $(TORCH) 2>/dev/null \
	  || $(PIP) install --no-deps --extra-index-url $(TORCH_CPU_INDEX) $(TORCH)
	@touch $@

$(VENV)/.tests: $(VENV)/.program $(VENV)/.torch
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --editable '.[dev,verify]'
	@touch $@
