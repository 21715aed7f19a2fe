# Two commands: `make figures` and `make test`. Both set up .venv when they first run; `make help` lists the rest.

EXPERIMENTS := $(sort $(basename $(notdir $(wildcard conf/experiment/*.yaml))))
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help figures check test lint bench clean $(EXPERIMENTS)

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

bench: .venv-bench/.ready ## the engines beside PyTorch, JAX, scikit-learn, NumPy, Regioncam and Relucent, in an environment of its own
	@.venv-bench/bin/python -m benchmarks $(ARGS)

clean: ## remove what .gitignore names, except the environments: built figures, stored results, caches
	@git -c core.excludesFile= clean -fdXq -e '!.venv*' -e '!.venv*/**'

# .ready comes last: a set-up that was interrupted, or whose lock has changed, starts again from nothing.
.venv/.ready .venv-bench/.ready: requirements.lock
	@rm -rf $(@D)
	@if uv --version >/dev/null 2>&1; then $(with_uv); else $(with_pip); fi
	@$(if $(findstring bench,$@),$(with_peers))
	@touch $@

define with_uv
	echo 'Setting up $(@D) with uv …'; \
	uv venv --quiet --python '>=3.11,<3.15' $(@D) && \
	uv pip install --quiet --python $(@D) --require-hashes --requirement requirements.lock && \
	uv pip install --quiet --python $(@D) --no-deps --editable .
endef

# A candidate has to run, not only to be found: a pyenv shim stands on the PATH with no Python behind it.
define with_pip
	bare=; for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null || { bare=$$python; continue; }; \
	    echo "Setting up $(@D) with $$python and pip, a minute or two …"; \
	    $$python -m venv $(@D) && \
	    $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock && \
	    $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	    exit; \
	done; \
	if [ "$$bare" ]; then echo "$$bare comes without venv. On Debian and Ubuntu: sudo apt install $$bare-venv"; \
	else echo 'No Python 3.11 or newer on the PATH. Install one, or install uv, which brings one along.'; fi >&2; \
	exit 1
endef

# Each on its own: a peer that is not to be had, such as PyTorch's CPU build without uv, is left out.
define with_peers
	$(@D)/bin/python -m ensurepip >/dev/null; \
	$(@D)/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' | \
	while read -r peer; do \
	    uv pip install --quiet --python $(@D) --torch-backend cpu "$$peer" 2>/dev/null || \
	    $(@D)/bin/python -m pip install --quiet --disable-pip-version-check "$$peer" 2>/dev/null || \
	    echo "$$peer cannot be installed here and is left out" >&2; \
	done
endef
