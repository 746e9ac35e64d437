# SPDX-License-Identifier: Apache-2.0
# `make run` is all a newcomer needs. Every step leaves a stamp, so doing it again costs nothing.
.DELETE_ON_ERROR:
.ONESHELL:
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
# More than there are cores: tests of processes and browsers spend half their time waiting.
PYTEST_WORKERS ?= 5
# Where bars are held to the letter.
PROVE_WORKERS ?= 3
PYTEST_ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LEAST_FREE_MB := 3000
# What was compiled once is kept, whatever the machine is used to: else every process of a run compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run setup test check bench prove prove-campaigns prove-alone prove-rounds lock clean
.NOTPARALLEL: prove

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: setup ## Prepare everything, start Steward, print its address
	@exec $(BIN)/steward up

setup: $(VENV)/.steward ## Make .venv with everything Steward runs on
	@$(BIN)/python -m steward.core.ui.assets

$(VENV)/bin/python:
	@python=''
	for each in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do
	    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi
	done
	if [ -z "$$python" ]; then
	    echo "Python 3.11 or newer is needed. Debian: apt-get install python3 python3-venv. Elsewhere: make setup PYTHON=/path/to/python" >&2
	    exit 1
	fi
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then
	    echo "This Python can't make environments. Debian: apt-get install python3-venv" >&2
	    exit 1
	fi
	free=$$(df -Pm . | awk 'NR == 2 { print $$4 }')
	if [ "$$free" -lt $(LEAST_FREE_MB) ]; then
	    echo "Only $$free MB are free here; the set-up needs $(LEAST_FREE_MB) MB. Free some, or clone to a larger disk." >&2
	    exit 1
	fi
	echo "1/3 Python environment ($$("$$python" --version))"
	"$$python" -m venv $(VENV)

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@echo "2/3 Libraries, every file checked against its hash (some 500 MB, once)"
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
	$(PIP) install --progress-bar on --no-compile --require-hashes --only-binary :all: -r requirements/base.txt
	# On all cores, and without the libraries' own tests, which nobody runs.
	$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib
	touch $@

$(VENV)/.steward: pyproject.toml agent/pyproject.toml $(VENV)/.base
	@echo "3/3 Steward, its agent, the front-end assets"
	$(PIP) install --quiet --no-deps --no-build-isolation --editable ./agent --editable .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.base
	@echo "Test tools"
	$(PIP) install --progress-bar on --no-compile --require-hashes --only-binary :all: -r requirements/test.txt
	touch $@

.PHONY: chromium dbusmock peers lint
dbusmock:
	@/usr/bin/python3 -c 'import dbusmock' 2>/dev/null || .ci/need python3-dbusmock=python3-dbusmock dbus-daemon=dbus-daemon \
	    || echo "Without python3-dbusmock the tests that ask a bus are left out." >&2

peers:
	@.ci/need /usr/lib/nagios/plugins/check_disk=monitoring-plugins-basic restic=restic borg=borgbackup \
	    || echo "Without monitoring-plugins-basic, restic and borgbackup the tests that run them are left out." >&2
	@# Servers are put onto a machine that is there for tests, never onto somebody's own; none is started by being installed.
	if [ "$${CI:-}" = true ]; then
	    RUNLEVEL=1 .ci/need knotd=knot chronyd=chrony dovecot=dovecot-imapd /usr/lib/dovecot/pop3=dovecot-pop3d ip=iproute2 unshare=util-linux \
	        || echo "Without knot, chrony and dovecot the tests that ask them are left out." >&2
	fi

chromium:
	@.ci/need 'chromium|chromium-browser|google-chrome=chromium'

lint: setup $(VENV)/.test
	@$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## The fast part: lint, types, order of the house
	@$(BIN)/pytest tests/architecture $(PYTEST_ARGS)

test: setup $(VENV)/.test chromium dbusmock peers ## Everything: lint, types, order, unit, integration, attack, fault and browser tests
	@# What wants no crowd waits most of its time, so the crowd works beside it, and steps back whenever the others want to run.
	said=$$(mktemp -d)
	begun=''
	begin() { name=$$1; shift; "$$@" >"$$said/$$name" 2>&1 & begun="$$begun $$!"; }
	begin lint $(MAKE) lint
	# Once, so that not every process of a run compiles every test.
	$(BIN)/pytest --collect-only -q >"$$said/collected" 2>&1 || { cat "$$said/collected"; wait; exit 1; }
	rm "$$said/collected"
	begin journeys $(BIN)/pytest tests/journeys $(PYTEST_ARGS)
	begin alone $(BIN)/pytest -n 2 --dist loadfile -m 'alone and not prove' $$(grep -rlw --include='test_*.py' --exclude-dir=journeys 'mark.alone' tests) $(PYTEST_ARGS)
	nice -n 10 $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder -m 'not prove and not alone' $(PYTEST_ARGS) && red=0 || red=$$?
	for each in $$begun; do wait "$$each" || red=$$?; done
	for each in "$$said"/*; do
	    echo "== $$(basename "$$each")"
	    cat "$$each"
	done
	rm -r "$$said"
	[ $$red = 0 ]

prove: prove-campaigns prove-alone prove-rounds ## All that takes long, in this order; each can be run by itself

prove-campaigns: setup $(VENV)/.test chromium dbusmock peers ## Full counts of attacks, faults and oracles
	@STEWARD_BARS=exact $(BIN)/pytest -n $(PROVE_WORKERS) -m 'prove and not alone' -o faulthandler_timeout=3600 $(PYTEST_ARGS)

prove-alone: setup $(VENV)/.test chromium dbusmock peers ## What wants no crowd, one after the other, bars to the letter
	@STEWARD_BARS=exact $(BIN)/pytest -m alone -o faulthandler_timeout=3600 $(PYTEST_ARGS)

prove-rounds: setup $(VENV)/.test chromium dbusmock peers ## Attacks and faults three times in a row, bars to the letter
	@export STEWARD_BARS=exact
	said=$$(mktemp)
	for round in 1 2 3; do
	    for which in 'not alone' alone; do
	        [ "$$which" = alone ] && n=2 || n=$(PROVE_WORKERS)
	        echo "== attacks and faults ($$which), round $$round of 3"
	        $(BIN)/pytest tests/attacks tests/faults -n $$n --dist loadfile --no-loadscope-reorder -m "not prove and $$which" -rP $(PYTEST_ARGS) >"$$said" 2>&1 \
	            || { cat "$$said"; exit 1; }
	        grep -avE '\[(debug|info|warning|error) +\]|^[-_]+ .* [-_]+$$|^\[gw' "$$said"
	    done
	done
	rm "$$said"

bench: setup $(VENV)/.test ## Figures, beside peers where there are any
	@for each in bench/[a-z]*.py; do
	    echo "== $$each"
	    $(BIN)/python "$$each"
	done

lock: ## Write the lock files anew
	@if ! command -v uv >/dev/null 2>&1; then echo "uv is needed to write lock files: pip install uv" >&2; exit 1; fi
	for each in base test; do
	    uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 \
	        -o requirements/$$each.txt requirements/$$each.in
	done

clean: ## Remove what was made, except your data in var/
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
