# Two commands: `make figures` and `make test`. Both set up .venv when they first run; `make help` lists the rest.

EXPERIMENTS := $(sort $(basename $(notdir $(wildcard conf/experiment/*.yaml))))
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help figures check test lint clean $(EXPERIMENTS)

help: ## this list
	@awk -F ':.* ## ' '/ ## / && !/awk/ { sub(/.*EXPERIMENTS.*/, "<experiment>", $$1); printf "make %-14s%s\n", $$1, $$2 }' Makefile
	@echo 'experiments:       $(EXPERIMENTS)'
	@echo 'ARGS is passed on: make figures ARGS="size=quick output=elsewhere"'

figures: .venv/.ready ## every figure that is out of date, then the gallery
	@$(PYTHON) -m experiments experiment=all $(ARGS)

$(EXPERIMENTS): .venv/.ready ## one experiment: its claims and its figure
	@$(PYTHON) -m experiments experiment=$@ $(ARGS)

check: .venv/.ready ## recompute every experiment and compare with the committed records; writes nothing
	@$(PYTHON) -m experiments experiment=all check=true $(ARGS)

test: .venv/.ready ## the tests
	@$(PYTHON) -m pytest $(ARGS)

lint: .venv/.ready ## ruff, mypy and the import contracts
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo

clean: ## remove what .gitignore names, except .venv: built figures, stored results, caches
	@git -c core.excludesFile= clean -fdXq -e '!.venv' -e '!.venv/**'

# .ready comes last: a set-up that was interrupted, or whose lock has changed, starts again from nothing.
.venv/.ready: requirements.lock
	@rm -rf .venv
	@if uv --version >/dev/null 2>&1; then $(with_uv); else $(with_pip); fi
	@touch $@

define with_uv
	echo 'Setting up .venv with uv …'; \
	uv venv --quiet --python '>=3.11,<3.15' .venv && \
	uv pip install --quiet --python $(PYTHON) --require-hashes --requirement requirements.lock && \
	uv pip install --quiet --python $(PYTHON) --no-deps --editable .
endef

# A candidate has to run, not only to be found: a pyenv shim stands on the PATH with no Python behind it.
define with_pip
	bare=; for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null || { bare=$$python; continue; }; \
	    echo "Setting up .venv with $$python and pip, a minute or two …"; \
	    $$python -m venv .venv && \
	    $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock && \
	    $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	    exit; \
	done; \
	if [ "$$bare" ]; then echo "$$bare comes without venv. On Debian and Ubuntu: sudo apt install $$bare-venv"; \
	else echo 'No Python 3.11 or newer on the PATH. Install one, or install uv, which brings one along.'; fi >&2; \
	exit 1
endef
