# All that is installed goes into .venv; the index and the embeddings are in var/index, or where TRIALKIN_INDEX says.
VENV := .venv
BIN := $(VENV)/bin
DATA := ../shared/data
INDEX := $(or $(TRIALKIN_INDEX),var/index)
INSTALLED := $(VENV)/installed
TEST_TOOLS := $(VENV)/test-tools
PEERS := $(VENV)/peers
PYTHON ?= $(shell for python in python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test lint readme openapi screenshots quality bench answering growth load constraints clean

help: ## List what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## Install, index the bundled trials, show those related to one of them
	$(BIN)/trialkin rebuild-index seeds
	$(BIN)/trialkin similar NCT06853522
	@echo
	@echo 'Ask with a text of your own:   .venv/bin/trialkin search "stem cells for ulcerative colitis"'
	@echo 'Index your own study records:  .venv/bin/trialkin rebuild-index studies.ndjson'
	@echo 'Serve the API:                 make serve, then see http://127.0.0.1:8000/docs'

serve: $(INDEX)/CURRENT ## Serve the API at http://127.0.0.1:8000, see /docs
	$(BIN)/trialkin serve

test: $(TEST_TOOLS) ## Run every test, and the notebooks
	$(BIN)/python -m pytest --nbmake tests notebooks

lint: $(TEST_TOOLS) ## Check style, types and which room imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

readme: $(TEST_TOOLS) ## Run the commands of README.md and put in what they print
	$(BIN)/python -m tests.readme

openapi: $(TEST_TOOLS) ## Write down the API's schema as it is now; git diff shows what of it changed
	$(BIN)/python -m tests.openapi

screenshots: $(TEST_TOOLS) $(INDEX)/CURRENT ## Make the pictures in docs/images anew, by Debian's Chromium
	$(BIN)/python -m tests.screenshots

quality: $(TEST_TOOLS) ## Measure relevance by the labels in DATA, and put the tables into docs/relevance.md
	$(BIN)/python -m benchmarks.quality --data '$(DATA)' --write docs/relevance.md
	$(BIN)/python -m benchmarks.quality.calibration --data '$(DATA)' --write docs/relevance.md --plot docs/calibration.svg

bench: $(PEERS) ## Measure Trialkin beside its peers, hours of it, and put the tables into docs/performance.md
	$(BIN)/python -m benchmarks.peers --data '$(DATA)' --keep --write docs/performance.md

answering: $(TEST_TOOLS) $(INDEX)/CURRENT ## Time single questions in process, and put the figures into docs/performance.md
	$(BIN)/python -m benchmarks.answering --index '$(INDEX)' --write docs/performance.md

growth: $(TEST_TOOLS) $(INDEX)/CURRENT ## Build and ask up to a million trials, and put the figures into docs/performance.md
	$(BIN)/python -m benchmarks.building '$(DATA)/studies.ndjson.gz' --write docs/performance.md
	$(BIN)/python -m benchmarks.growth '$(DATA)/studies.ndjson.gz' --index '$(INDEX)' --write docs/performance.md

load: $(TEST_TOOLS) $(INDEX)/CURRENT ## Ask the API under load, and put the figures into docs/performance.md
	$(BIN)/python -m benchmarks.load --index '$(INDEX)' --write docs/performance.md

constraints: ## Pin in constraints.txt what an unpinned install gets today
	rm -rf var/constraints
	$(PYTHON) -m venv var/constraints
	var/constraints/bin/python -m pip install --upgrade pip
	var/constraints/bin/python -m pip install . --group test
	echo '# What the tests passed with, on Python 3.11. Made by: make constraints' > constraints.txt
	var/constraints/bin/python -m pip freeze --all --exclude trialkin \
		| sed 's/+[^ ]*$$//' >> constraints.txt
	rm -rf var/constraints

clean: ## Remove what was installed and made, but not the index
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt pip
	$(BIN)/python -m pip install -c constraints.txt -e .
	@touch $@

# Dependency groups need the pip that the step above put in.
$(TEST_TOOLS): $(INSTALLED)
	$(BIN)/python -m pip install -c constraints.txt --group test
	@touch $@

# The constraints keep whatever the peers bring from changing what Trialkin stands on.
$(PEERS): $(TEST_TOOLS)
	$(BIN)/python -m pip install -c constraints.txt --group peers
	@touch $@

$(INDEX)/CURRENT: | $(INSTALLED)
	$(BIN)/trialkin rebuild-index
