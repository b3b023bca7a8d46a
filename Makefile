# Everything a newcomer types. Each target first sets up what is missing (`.ci/setup`), which costs
# a moment once it is all there.

BIN := .venv/bin
ARGS :=
# Test files go to two processes, whose arithmetic takes one thread each; `make test PARALLEL=` runs
# all in one.
PARALLEL := -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup test-setup demo test gpu-check lint style types floors format clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup:  ## install LLVM 22, csmith and .venv where they are missing
	@./.ci/setup

demo: setup  ## real code to a queryable warehouse in ./lake: fetch, compile, search, report
	@./.ci/demo

test-setup:
	@./.ci/setup tests

test: test-setup  ## run the tests; ARGS="tests/unit -k lake" for some of them
	OMP_NUM_THREADS=1 $(BIN)/pytest $(PARALLEL) $(ARGS)

gpu-check:  ## what training does on this machine's GPU, into gpu-check.json
	$(or $(wildcard $(BIN)/python),python3) -m trainer.gpu_check --output gpu-check.json $(ARGS)

lint: style types floors  ## all checks that run no test

style: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports --no-logo

format: setup  ## format the code and apply the safe fixes
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

clean:  ## remove .venv, caches and builds; ./lake stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
