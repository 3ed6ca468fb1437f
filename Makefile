# Every target does its own set-up: all it needs is GNU make, a CPython from 3.10 to 3.13 and a package
# index. Only `contracts` needs node. `make help` lists the targets.

MAKEFLAGS += --no-print-directory

# A chosen interpreter has its own environment: make test PYTHON=python3.10
ifdef PYTHON
VENV ?= .venv-$(notdir $(PYTHON))
CANDIDATES := $(PYTHON)
else
VENV ?= .venv
# 3.13 comes late because the fast back end has no wheel for it.
CANDIDATES := python3.12 python3.11 python3.13 python3.10 python3 python
endif

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST_ARGS ?= --numprocesses auto --maxprocesses 4 --dist worksteal
SCENARIO ?= scenarios/august_2024.toml
ROOMS := contracts crosscheck engine oracles reports scenarios scripts simulation
SUPPORTED := 'import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'
FAULTS := $(wildcard tests/faults/*.diff tests/faults/*.patch)

.PHONY: help demo test check lint types contracts check-contracts reports check-reports clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | \
	  while IFS='|' read -r name text; do printf '%-18s%s\n' "$$name" "$$text"; done

demo: $(VENV)/.for-demo  ## replay 5 August 2024 on engine and contracts, call by call
	@$(BIN)/weiproof run $(SCENARIO)

test: $(VENV)/.for-test  ## run the tests (more options: PYTEST_ARGS=…)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types test  ## everything a change must pass

lint: $(VENV)/.for-dev  ## style, spelling and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports

types: $(VENV)/.for-dev  ## mypy --strict and pyright
	$(BIN)/mypy --strict -p weiproof
	$(BIN)/mypy --strict tests
	$(BIN)/mypy --strict benchmarks
	$(BIN)/pyright --pythonpath $(BIN)/python

contracts: node_modules/.package-lock.json  ## compile the contracts and the planted faults (node)
	node contracts/build.mjs
	$(if $(FAULTS),node contracts/build.mjs --faults tests/faults)
	$(if $(FAULTS),node contracts/build.mjs --faults tests/faults/oracles)
	node contracts/build.mjs --src tests/targets/src --out tests/targets/out
	node contracts/build.mjs --src examples/targets/vault/src --out examples/targets/vault/out
	node contracts/build.mjs --src examples/targets/perp_curie/src --out examples/targets/perp_curie/out

check-contracts: node_modules/.package-lock.json  ## compare what is committed with a fresh build (node)
	node contracts/build.mjs --check
	$(if $(FAULTS),node contracts/build.mjs --faults tests/faults --check)
	$(if $(FAULTS),node contracts/build.mjs --faults tests/faults/oracles --check)
	node contracts/build.mjs --src tests/targets/src --out tests/targets/out --check
	node contracts/build.mjs --src examples/targets/vault/src --out examples/targets/vault/out --check
	node contracts/build.mjs --src examples/targets/perp_curie/src --out examples/targets/perp_curie/out --check

reports: node_modules/.package-lock.json  ## bundle the script of reports (node)
	node reports/build.mjs

check-reports: node_modules/.package-lock.json  ## compare the committed script with a fresh bundle (node)
	node reports/build.mjs --check

clean:  ## remove build products and caches; environments and runs stay
	rm -rf build dist out cache ./*.egg-info .hypothesis .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find $(ROOMS) tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The environment, and what is installed in it: nothing is done twice until the pins change. One
# that is there already is kept, whoever made it.

$(VENV)/.made:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  for python in $(CANDIDATES); do \
	    if "$$python" -c $(SUPPORTED) 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "error: none of these is a CPython from 3.10 to 3.13 with venv: $(CANDIDATES)" >&2; \
	    echo "       name one: make test PYTHON=/path/to/python3.12" >&2; \
	    exit 3; \
	  fi; \
	  echo "Making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV); \
	}
	@touch $@

$(VENV)/.for-demo: EXTRAS :=
$(VENV)/.for-test: EXTRAS := [test,fast]
$(VENV)/.for-dev: EXTRAS := [dev,fast]

$(VENV)/.for-demo $(VENV)/.for-test $(VENV)/.for-dev: pyproject.toml requirements.lock | $(VENV)/.made
	@echo "Installing the pinned packages (once, about a minute)"
	@$(PIP) install --constraint requirements.lock setuptools
	@$(PIP) install --constraint requirements.lock --no-build-isolation --editable '.$(EXTRAS)'
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
