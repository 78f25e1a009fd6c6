ENVIRONMENT ?= lab
ARGS ?=
PYTHON := .venv/bin/python
# Whole files are handed to as many processes as tests/conftest.py says, the longest first; ARGS="-n 0": one process.
DISTRIBUTED := -n auto --dist loadfile --no-loadscope-reorder

# make turns every failure of a recipe into exit code 2, but for its question mode, which hands a 1 on as "not up to
# date". The verdict's exit codes are worth that: 0 READY, 1 NOT READY, 2 for everything that kept it from being judged.
# Recipes run in that mode only when marked with +; `make --dry-run` would run those too, so there the mark is left out.
dry_run := $(findstring n,$(firstword -$(MAKEFLAGS)))
run := $(if $(dry_run),,+@unset MAKEFLAGS MFLAGS MAKELEVEL;)
ifeq ($(dry_run),)
ifneq ($(filter features,$(MAKECMDGOALS)),)
MAKEFLAGS += --question
endif
endif

.PHONY: help setup features check test test-long lab lab-status lab-down allure clean

help:
	$(run) sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

## make features [ENVIRONMENT=lab] [ARGS="-m nightly"]   judge the replication: READY or not
features:
	$(run) scripts/setup && exec $(PYTHON) -m pytest features --environment $(ENVIRONMENT) $(ARGS)

## make check                                            form, style, types, walls: seconds, and nothing is run
check:
	$(run) scripts/setup && exec scripts/check

## make test [ARGS="-k name"]                            make check, then the suite's own tests
test:
	$(run) scripts/setup && scripts/check && exec $(PYTHON) -m pytest tests $(DISTRIBUTED) $(ARGS)

## make test-long [ARGS="-k name"]                       the same with all repetitions: 200 kills, 10,000 rows, ...
test-long: export TESTS_IN_FULL := 1
test-long: test

## make lab [ENVIRONMENT=lab]                            start the parallel run in a box and leave it running
lab:
	$(run) scripts/setup && exec $(PYTHON) -m lab up --environment $(ENVIRONMENT) --detach

## make lab-status [ENVIRONMENT=lab]                     what of it is alive
lab-status:
	$(run) scripts/setup && exec $(PYTHON) -m lab status --environment $(ENVIRONMENT)

## make lab-down [ENVIRONMENT=lab]                       stop it
lab-down:
	$(run) scripts/setup && exec $(PYTHON) -m lab down --environment $(ENVIRONMENT)

## make allure                                           the last run's Allure report as HTML (needs npx)
allure:
	$(run) exec scripts/allure-report

## make setup                                            install what is missing, nothing else
setup:
	$(run) exec scripts/setup

## make clean                                            remove reports and caches; .venv and the history stay
clean:
	$(run) find reports -mindepth 1 ! -name .gitkeep ! -name .lock ! -path 'reports/history*' -delete
	$(run) rm -rf .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis && \
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
