# Every target works on a fresh clone: it builds .venv first. PYTHON picks the interpreter.
PYTHON ?= python3
BIN := .venv/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test attack check bench docs pictures format generate clean \
	vendor-text vendor-check vendor-keep
.DEFAULT_GOAL := help

help:  ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: .venv/base  ## Show how a video is lost, and how it is kept, on simulated providers.
	@$(BIN)/videotasks demo

# What pytest makes of a file of tests is kept, or each worker would take seconds to make it anew.
test: .venv/ready  ## Run the tests.
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist worksteal

attack: .venv/ready  ## Attack it with hostile servers, and measure what that costs.
	$(BIN)/pytest attacks

# The cheap checks come first: a mistake in a spec shows at once.
check: .venv/ready  ## Specs, generated code equal to its sources, lint, format and types.
	$(BIN)/openapi-spec-validator specs/*.openapi.yaml
	$(BIN)/python specs/generate.py --check
	$(BIN)/python tools/unasync.py --check
	$(BIN)/python tools/reference.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

bench: .venv/ready  ## Measure, 45 minutes long, with the official SDKs beside it; draw the chart.
	$(BIN)/python benchmarks/compare.py
	$(BIN)/python benchmarks/chart.py
	$(BIN)/python benchmarks/imports.py
	$(BIN)/python benchmarks/deletes.py --sdk
	$(BIN)/python benchmarks/processor.py
	$(BIN)/python benchmarks/processor.py --async
	$(BIN)/python benchmarks/batches.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/memory.py --async --refs 10000 200000

docs: .venv/ready  ## Write docs/command.md anew from the real --help.
	$(BIN)/python tools/reference.py

pictures: .venv/ready  ## Draw the README's pictures anew: a run of the demo, and the last figures.
	$(BIN)/python tools/pictures.py
	$(BIN)/python benchmarks/chart.py

format: .venv/ready  ## Format, and mend what the linter can.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: .venv/ready  ## Write generated/ anew from specs/, and the sync twins from the async ones.
	$(BIN)/python specs/generate.py
	$(BIN)/python tools/unasync.py

vendor-text: .venv/ready  ## Print a vendor's page as Markdown: make vendor-text PAGE=file.
	$(BIN)/python specs/vendor.py text $(or $(PAGE),$(error say which page: PAGE=file))

vendor-check: .venv/ready  ## Hold vendors' pages against the specs: make vendor-check PAGE=files.
	$(BIN)/python specs/vendor.py check $(or $(PAGE),$(error say which pages: PAGE="a.md b.json"))

vendor-keep: .venv/ready  ## Keep what a page says: make vendor-keep PAGE=file FROM=address.
	$(BIN)/python specs/vendor.py keep $(or $(PAGE),$(error say which page: PAGE=file)) \
		--from '$(or $(FROM),$(error say where the page is published: FROM=address))'

clean:  ## Remove .venv and caches.
	rm -rf .venv .venv-sdk .mypy_cache .pytest_cache .ruff_cache

# What a user needs comes first, so that the demo does not wait for the tools.
.venv/base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "videotasks needs Python 3.11 or newer; try make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(PIP) --editable '.[cli,simulator]'
	@touch $@

.venv/ready: .venv/base
	$(PIP) --editable '.[dev]'
	@touch $@
