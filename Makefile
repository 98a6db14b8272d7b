# The whole set of commands; CI runs the same ones.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format tables bench ear soak clean

help:            ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: $(READY)  ## make .venv and install everything into it

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "flashtweet needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres]'
	@touch $@
	@echo 'Ready. Next: export PATH="$$PWD/$(BIN):$$PATH", then: flashtweet --help'

demo: $(READY)   ## watch FlashTweet, Replay and Hebdo go out on the local sandbox
	@$(BIN)/flashtweet demo

test: $(READY)   ## every test
	$(BIN)/python -m pytest -n 2

lint: $(READY)   ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## let ruff fix and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tables: $(READY) ## refresh bot/core/tables.py (TLDs and emoji)
	$(BIN)/python tools/make_tables.py

bench: $(READY)  ## speed and memory, ratios measured side by side
	$(BIN)/python -m tests.benchmarks

ear: $(READY)    ## real prose as posts, to be read aloud
	@$(BIN)/python -m tests.ear

soak: $(READY)   ## random kills and faults over real processes
	$(BIN)/python -m tests.soak $(SOAK)

clean:           ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
