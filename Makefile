# make demo: see it work. make test: see it proven. Both set everything up first; second runs skip what is done.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: setup demo argilla test test-slow check docs bench gate-report soak clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup
	$(VENV)/bin/flywheel demo

argilla: setup
	$(VENV)/bin/flywheel argilla

test: check
	$(VENV)/bin/python -m curation.argilla_local.venv
	$(VENV)/bin/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-slow: setup
	$(VENV)/bin/pytest --numprocesses auto --maxprocesses 4 -m slow

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

docs: setup
	$(VENV)/bin/python -m bot.cli.pages

bench: setup
	$(VENV)/bin/python -m benchmarks.runtime
	$(VENV)/bin/python -m benchmarks.slack_load

gate-report: setup
	$(VENV)/bin/python -m benchmarks.gate_report

soak: setup
	$(VENV)/bin/python -m tests.soak

clean:
	rm -rf $(VENV) .flywheel build *.egg-info
