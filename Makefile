# Two commands do everything on a fresh Debian 12: "make run" and "make test". Each sets up what it needs first.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
PYTEST_WORKERS ?= 2

.PHONY: help run setup test lint format bench lock clean

help:  ## show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: setup  ## start centre and terminal with simulated hardware; without a display it plays the journey by itself
	$(BIN)/python -m kiosk start

setup: .cache/.packages $(VENV)/.installed .cache/fonts/.ready .cache/portraits/.ready  ## install what is missing

.cache/.packages: packages.txt
	@missing=$$(grep -vE '^(#|$$)' packages.txt | while read -r p; do \
	  [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null)" = installed ] || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "installing:" $$missing; \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $$missing; fi
	@mkdir -p $(@D) && touch $@

$(VENV)/bin/pip: | .cache/.packages
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements-build.lock requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install -q --require-hashes -r requirements-build.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation --require-hashes --no-binary face-recognition -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation --no-index -e .
	touch $@

# Kivy opens only the first face of a font collection, the Japanese one: take out the Chinese faces.
.cache/fonts/.ready: $(VENV)/.installed
	$(BIN)/python -m screens.fonts .cache/fonts
	touch $@

# Pictures for the demonstration and the tests, from the archive of face-recognition.
.cache/portraits/.ready: $(VENV)/.installed
	$(BIN)/python -m kiosk.simulation.portraits
	@if [ -e $(@D)/holder.jpg ]; then touch $@; fi

test: setup  ## all tests
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup

lint: setup  ## ruff, pyright strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: setup  ## let ruff put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## measure every figure the README claims
	$(BIN)/python -m bench

.PHONY: soak
soak: setup  ## kill terminals and centres a thousand times at random steps, then each machine of a cluster; nothing may be lost, doubled or out of order
	$(BIN)/python -m soak
	$(BIN)/python -m soak.failover

.PHONY: fuzz
fuzz: setup  ## 10 million bytes of damaged input for every parser (half an hour)
	$(BIN)/python -m fuzz

lock:  ## renew the lock files (needs uv)
	uv pip compile requirements-build.in --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 -o requirements-build.lock
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 --no-binary face-recognition --override requirements-override.in -o requirements.lock

clean:  ## forget everything made here
	rm -rf $(VENV) .cache var out build *.egg-info
