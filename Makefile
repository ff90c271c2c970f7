# `make demo` and `make test` do all the set-up they need; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= demo
PLATE ?=
EXTRAS := render,materialx,train,tensorboard,datasets,demo,dev

# The first Python of at least 3.11 that is found; `make venv PYTHON=...` chooses another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python3.14; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$name"; exit; }; done; echo python3)

# torch's CPU build, so that a machine without a GPU does not download gigabytes of CUDA. The choice is remembered in
# the environment. macOS has only one build, which is a CPU build and is not marked so.
TORCH_DEFAULT := torch==2.13.0$(if $(filter Darwin,$(shell uname -s)),,+cpu)
TORCH_CHOSEN := $(shell cat $(VENV)/.torch 2>/dev/null)
TORCH ?= $(or $(TORCH_CHOSEN),$(TORCH_DEFAULT))

STAMP := $(VENV)/.complete
LLVM_STAMP := $(VENV)/.llvm

.PHONY: help venv llvm demo test lint types imports tests fuzz site clean FORCE

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 16

venv: $(STAMP)  ## make or refresh .venv (every extra but gpu); PYTHON=... and TORCH=... choose others

# The stamp is written last: whatever stopped the recipe (Ctrl-C, no network), the next call takes the work up again.
# Where the machine has flock, two calls at once wait for each other.
$(STAMP): pyproject.toml Makefile $(if $(filter-out $(TORCH_CHOSEN),$(TORCH)),FORCE)
	@set -e; \
	say() { printf 'platelight: %s\n' "$$1" >&2; shift; for line; do printf '  %s\n' "$$line" >&2; done; }; \
	exec 9> .venv-lock; if command -v flock >/dev/null; then flock 9; fi; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    say "Python 3.11 or later is needed, and '$(PYTHON)' is not one." \
	        "Debian 12, Ubuntu 24.04: sudo apt-get install python3 python3-venv" \
	        "or name one: make venv PYTHON=/path/to/python3.11"; exit 1; }; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    if [ -n "$$(ls -A $(VENV) 2>/dev/null)" ] && [ ! -e $(VENV)/pyvenv.cfg ]; then \
	        say "$(VENV) exists and is no virtual environment; move it away or choose another: make venv VENV=..."; exit 1; fi; \
	    $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	        say "'$(PYTHON)' cannot make virtual environments." \
	            "Debian, Ubuntu: sudo apt-get install python3-venv"; exit 1; }; \
	    echo "making $(VENV) with $$($(PYTHON) --version)"; \
	    $(PYTHON) -m venv --clear $(VENV); \
	fi; \
	rm -f $(STAMP); \
	echo "installing into $(VENV): $(TORCH), then platelight[$(EXTRAS)]"; \
	$(BIN)/python -m pip install --quiet '$(TORCH)' || { \
	    say "pip could not install '$(TORCH)' (its own words are above). Do one of these, then run make again:" \
	        "- set PIP_EXTRA_INDEX_URL to PyTorch's wheel index for the compute platform CPU: the install selector on" \
	        "  pytorch.org shows its address" \
	        "- accept the large build with CUDA: make venv TORCH=torch==2.13.0"; exit 1; }; \
	printf '%s\n' '$(TORCH)' > $(VENV)/.torch; \
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]' || { \
	    say "pip could not install the rest (its own words are above); mend that, then run make again."; exit 1; }; \
	touch $(STAMP); \
	echo "$(BIN)/platelight is ready"

llvm: $(LLVM_STAMP)  ## install the LLVM library that the fast renderer needs, where rights allow

# Asked once per environment: without it the renderer is slower, not broken.
$(LLVM_STAMP): $(STAMP)
	@$(BIN)/python -m scene_generator.renderers.llvm --install
	@touch $(LLVM_STAMP)

demo: llvm  ## the main job end to end, written to demo/index.html; PLATE=file adds a picture of yours
	@$(BIN)/platelight demo --out '$(OUT)' $(if $(PLATE),--plate '$(PLATE)')

test: lint types imports tests  ## everything that has to hold: lint, types, import rules, tests

lint: $(STAMP)  ## ruff
	$(BIN)/ruff check .

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

imports: $(STAMP)  ## who may import whom
	$(BIN)/lint-imports --no-cache

tests: llvm  ## pytest
	$(BIN)/pytest -q

fuzz: $(STAMP)  ## minutes of fuzzing with new examples; EXAMPLES=2000 by default
	PLATELIGHT_FUZZ_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/pytest -q tests/fuzz

site: $(STAMP)  ## the documentation as a site, in site/
	$(BIN)/mkdocs build --strict

clean:  ## remove .venv, caches and the demo's output
	rm -rf .venv .venv-lock demo site build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find core scene_generator maya_plugin nuke_plugin worker_link tests -name __pycache__ -type d -prune -exec rm -rf {} +
