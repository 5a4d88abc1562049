# Both `make demo` and `make test` set up all they need in $(VENV); a second call
# installs nothing unless pyproject.toml or constraints.txt has changed.

PYTHON ?= python3
VENV ?= .venv

DEMO_INSTANCE ?= instances/data/clustered-n100.vrp
DEMO_TIME ?= 5
DEMO_DIR ?= demo

# Arguments for pytest, as in: make test PYTEST_ARGS="-k checker -x"
PYTEST_ARGS ?=
PYTEST_WORKERS ?= auto

export PIP_DISABLE_PIP_VERSION_CHECK ?= 1
export PIP_DEFAULT_TIMEOUT ?= 60
export PIP_RETRIES ?= 5
export NO_MKDOCS_2_WARNING := 1

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --progress-bar off
PINNED := --constraint constraints.txt
PACKAGE := build/package
ROOMS := routewright solvers neural instances cli
SOURCES := $(shell find $(ROOMS) ! -name '*.pyc' ! -name __pycache__ 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all test-nojit lint format docs wheel clean

help:
	@echo "make demo        install, compile the kernels, solve and check one instance"
	@echo "make test        install with the test tools and run the tests"
	@echo "make test-all    the slow tests and the randomized searches as well"
	@echo "make test-nojit  the tests with kernels as plain Python (slow)"
	@echo "make lint        ruff and mypy"
	@echo "make format      let ruff put the code in order"
	@echo "make docs        build the documentation into site/"
	@echo "make wheel       build the wheel into dist/"
	@echo "make clean       remove the environment and everything that was built"

# --- Set-up -------------------------------------------------------------------

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Routewright needs Python 3.11, 3.12, or 3.13, and '$(PYTHON)' is not one;" \
	            "name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "'$(PYTHON)' cannot make virtual environments with pip;" \
	            "on Debian: apt install python3-venv" >&2; exit 1; }
	@echo "== making the environment $(VENV)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The build tool is installed first, pinned as the rest, and used in place: pip then
# fetches nothing that constraints.txt does not name.
$(VENV)/.base: $(VENV)/.created pyproject.toml constraints.txt
	@$(PIP_INSTALL) $(PINNED) setuptools
	@touch $@

$(VENV)/.demo: $(VENV)/.base
	@echo "== installing Routewright and its dependencies (some minutes the first time)"
	@$(PIP_INSTALL) $(PINNED) --no-build-isolation --editable '.[plot]'
	@touch $@

$(VENV)/.test: $(VENV)/.base
	@echo "== installing Routewright and the test tools (some minutes the first time)"
	@$(PIP_INSTALL) $(PINNED) --no-build-isolation --editable '.[plot,test]'
	@touch $@

# --- Using it -----------------------------------------------------------------

demo: $(VENV)/.demo
	@echo "== compiling the kernels (once; they are kept for later runs)"
	@$(BIN)/routewright warmup
	@mkdir -p $(DEMO_DIR)
	@echo "== solving $(DEMO_INSTANCE) for $(DEMO_TIME) seconds"
	@$(BIN)/routewright solve $(DEMO_INSTANCE) --time $(DEMO_TIME) \
	  -o $(DEMO_DIR)/plan.sol -o $(DEMO_DIR)/plan.json -o $(DEMO_DIR)/plan.png
	@echo "== checking the plan against the problem"
	@$(BIN)/routewright check $(DEMO_INSTANCE) $(DEMO_DIR)/plan.sol
	@echo "== the plan: $(DEMO_DIR)/plan.sol (routes), $(DEMO_DIR)/plan.json (everything)," \
	      "$(DEMO_DIR)/plan.png (picture)"
	@echo "   next: $(BIN)/routewright --help"

# --- Checking it --------------------------------------------------------------

# The kernels are compiled once, before several workers would each compile them.
test: $(VENV)/.test
	@$(BIN)/routewright warmup
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "not slow and not discovery" $(PYTEST_ARGS)

test-all: $(VENV)/.test
	@$(BIN)/routewright warmup
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

test-nojit: $(VENV)/.test
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) \
	  -m "not slow and not discovery" $(PYTEST_ARGS)

# The package as a user gets it: mypy and the API reference read this one, because
# the folders in the tree are not laid out as the import names say.
$(PACKAGE)/.unpacked: $(VENV)/.test $(SOURCES)
	@rm -rf build
	@$(PIP_INSTALL) --no-deps --no-build-isolation --no-index --target $(PACKAGE) .
	@rm -rf build/lib build/bdist.*
	@touch $@

lint: $(PACKAGE)/.unpacked
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd build && MYPYPATH=package $(abspath $(BIN))/python -m mypy --config-file ../pyproject.toml \
	  --cache-dir ../.mypy_cache -p routewright

format: $(VENV)/.test
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(PACKAGE)/.unpacked
	$(BIN)/python -m mkdocs build --strict --site-dir site

wheel: $(VENV)/.test
	@rm -rf build/lib build/bdist.*
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

clean:
	rm -rf $(VENV) build dist site $(DEMO_DIR) *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
