# Every target works on a fresh clone: it builds .venv first. PYTHON picks the interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "videotasks needs Python 3.11 or newer; try make PYTHON=python3.12")'

.PHONY: help demo test test-all attack mutants check audit dist bench docs pictures format generate \
	vendor-text vendor-check vendor-keep clean
.DEFAULT_GOAL := help

help:  ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(VENV)/base  ## Show how a video is lost, and how it is kept, on simulated providers.
	@$(BIN)/videotasks demo

# What pytest makes of a file of tests is kept, or each worker would take seconds to make it anew.
test: $(VENV)/ready  ## Run the tests.
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist worksteal

test-all:  ## Run the tests under each supported Python that is here; VERSIONS="3.12 3.13" picks some.
	@$(NEW_ENOUGH)
	@$(PYTHON) tools/test_all.py $(VERSIONS)

attack: $(VENV)/ready  ## Attack it with hostile servers, and measure what that costs.
	$(BIN)/pytest attacks

# On a copy. WORDS picks some: make mutants WORDS=flows
mutants: $(VENV)/ready  ## Break each rule on purpose, and see which test notices; minutes long.
	$(BIN)/python -m attacks.mutants $(WORDS)

# The cheap checks come first: a mistake in a spec shows at once.
check: $(VENV)/ready  ## Specs, generated code equal to its sources, lint, format and types.
	$(BIN)/openapi-spec-validator specs/*.openapi.yaml
	$(BIN)/python specs/generate.py --check
	$(BIN)/python tools/unasync.py --check
	$(BIN)/python tools/reference.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

dist: $(VENV)/ready  ## Build wheel and sdist into dist/, check what is in them, and try each by itself.
	$(BIN)/python tools/dist.py

bench: $(VENV)/ready  ## Measure, 45 minutes long, with the official SDKs beside it; draw the chart.
	$(BIN)/python benchmarks/compare.py
	$(BIN)/python benchmarks/chart.py
	$(BIN)/python benchmarks/imports.py
	$(BIN)/python benchmarks/deletes.py --sdk
	$(BIN)/python benchmarks/processor.py
	$(BIN)/python benchmarks/processor.py --async
	$(BIN)/python benchmarks/batches.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/memory.py --async --refs 10000 200000

docs: $(VENV)/ready  ## Write docs/command.md anew from the real --help.
	$(BIN)/python tools/reference.py

pictures: $(VENV)/ready  ## Draw the README's pictures anew: a run of the demo, and the last figures.
	$(BIN)/python tools/pictures.py
	$(BIN)/python benchmarks/chart.py

format: $(VENV)/ready  ## Format, and mend what the linter can.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(VENV)/ready  ## Write generated/ anew from specs/, and the sync twins from the async ones.
	$(BIN)/python specs/generate.py
	$(BIN)/python tools/unasync.py

vendor-text: $(VENV)/ready  ## Print a vendor's page as Markdown: make vendor-text PAGE=file.
	@$(BIN)/python specs/vendor.py text $(or $(PAGE),$(error say which page: PAGE=file))

vendor-check: $(VENV)/ready  ## Hold vendors' pages against the specs: make vendor-check PAGE=files.
	@$(BIN)/python specs/vendor.py check $(or $(PAGE),$(error say which pages: PAGE="a.md b.json"))

vendor-keep: $(VENV)/ready  ## Keep what a page says: make vendor-keep PAGE=file FROM=address.
	@$(BIN)/python specs/vendor.py keep $(or $(PAGE),$(error say which page: PAGE=file)) \
		--from '$(or $(FROM),$(error say where the page is published: FROM=address))'

# In an environment of its own: it brings much along that nothing else needs.
audit:  ## Ask for known vulnerabilities of everything that is pinned (pip-audit).
	$(PYTHON) -m venv --clear .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

clean:  ## Remove environments, caches and dist/: all that the other targets leave.
	rm -rf .venv .venvs .venv-audit .venv-sdk .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name .git -prune -o -name __pycache__ -prune -exec rm -rf {} +

# What a user needs comes first, so that the demo does not wait for the tools.
$(VENV)/base: pyproject.toml constraints.txt
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --editable '.[cli,simulator]'
	@touch $@

$(VENV)/ready: $(VENV)/base
	$(PIP) --editable '.[dev]'
	@touch $@
