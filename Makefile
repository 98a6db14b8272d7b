# All commands of the project; CI runs the same ones.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test explore hostile lint format tables states lock bench ear soak matrix simulate mutants coverage clean

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

demo: $(READY)   ## post FlashTweet, Replay and Hebdo to the local sandbox, step by step
	@$(BIN)/flashtweet demo

test: $(READY)   ## every test
	$(BIN)/python -m pytest -n 4 --dist worksteal

explore: $(READY) ## properties with other examples each time; what it finds becomes an example of a test
	$(BIN)/python -m pytest -n 2 -q -m hypothesis --hypothesis-profile=explore tests/unit tests/contract tests/hostile

hostile: $(READY) ## hostile texts, answers of X and folders; shorter: 'make hostile FOLDERS=--quick'
	$(BIN)/python -m pytest -n 2 -q tests/hostile
	$(BIN)/python -m tests.hostile.answers
	$(BIN)/python -m tests.hostile.rehearse $(FOLDERS)

lint: $(READY)   ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## let ruff fix and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

states: $(READY) ## regenerate docs/states.md from the state tables (needs graphviz)
	$(BIN)/python tools/make_states.py

tables: $(READY) ## refresh bot/core/text/tables.py (TLDs and emoji)
	$(BIN)/python tools/make_tables.py

lock: $(READY)   ## regenerate deploy/*requirements.txt: every file pip may install, by hash
	$(BIN)/python tools/make_lock.py

bench: $(READY)  ## speed and memory, with ratios measured side by side
	$(BIN)/python -m tests.benchmarks

ear: $(READY)    ## real prose split into posts, to be read aloud
	@$(BIN)/python -m tests.ear

# `make soak SEEDS=7` replays one seed of the simulator, step by step.
soak: $(READY)   ## random kills and faults over real processes; SOAK='--kills 1000' and so on
ifdef SEEDS
	$(BIN)/python -m tests.simulation --seed $(SEEDS)
else
	$(BIN)/python -m tests.failpoints.soak $(SOAK)
endif

matrix: $(READY) ## kill a publisher at every failpoint around every post, lag 2 s
	$(BIN)/python -m tests.failpoints --all --lag 2 $(MATRIX)

simulate: $(READY) ## 10,000 editions in a simulated world full of faults
	$(BIN)/python -m tests.simulation --editions 10000 $(SIMULATE)

mutants: $(READY) ## remove each guarantee from the code and check that the tests fail
	$(BIN)/python -m tests.mutants $(MUTANTS)

coverage: $(READY) ## branch coverage of the code that decides about posting
	$(BIN)/python -m pytest -n 2 -q --cov --cov-config=tests/coverage.toml \
	  tests/unit/core tests/unit/services tests/unit/adapters tests/contract/test_ledger.py \
	  --ignore-glob='*/test_slips.py' --ignore-glob='*/test_issue_files.py' --ignore-glob='*/test_*block*.py'

clean:           ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
