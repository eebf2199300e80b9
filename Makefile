# make demo: a made-up company, resolved and judged, in a minute. make test: all tests. make check: what the tools say.
# make soak: the long runs.
# Everything is installed into .venv, once, and again when pyproject.toml changes. Needs Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
WORKERS ?= 2

.PHONY: demo test check soak install clean
.DEFAULT_GOAL := demo

install: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "whograph needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/whograph demo --folder demo --replace

# The server that the Neo4j tests start is fetched beforehand (Java 17 and Maven); where it cannot be had, those tests
# are skipped, or with CI=true they fail. Whichever worker is done takes the next test (loadgroup, with no groups).
test: $(STAMP)
	-@$(BIN)/python -m tests.support.neo4j_server
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup --durations 15

# The long runs: 2,000 random histories, 200 kills, 20 orders of each data set. Some hours on two cores.
soak: $(STAMP)
	WHOGRAPH_TEST_NEO4J_HEAP=2g $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup --timeout 0 tests/soak/soak_*.py

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

clean:
	rm -rf $(VENV) demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
