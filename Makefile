# The commands of a clone. Everything runs from .venv, which they make themselves.
# Only `.venv/bin/python -m` is used: a script's first line breaks when the path has a space.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
# Test processes side by side.
JOBS ?= 2
CHECKED := config annotate verify pipeline clients/python/src

.PHONY: run test check workflows lint messages bench-machine clean

## run: install, start everything on this machine, print the address; Ctrl-C stops it
run: .venv/installed
	@$(PY) -m config.services run

## test: the whole suite on throw-away servers
test: .venv/installed-dev
	$(PY) -m pytest -q -n $(JOBS) --dist loadfile $(ARGS)

## check: what needs no database, no browser and no model, and the linters; within a minute
check: .venv/installed-dev lint
	$(PY) -m pytest -q -n $(JOBS) --dist loadfile -m "not database and not runtime and not browser and not slow" $(ARGS)

## workflows: every workflow of docs/workflows.md, from an imported file to the export
workflows: .venv/installed-dev
	$(PY) -m pytest -q -n $(JOBS) --dist loadfile tests/workflows $(ARGS)

## lint: style, types, directions of import, missing migrations
lint: .venv/installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(CHECKED)
	$(PY) -c "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"
	DJANGO_SETTINGS_MODULE=config.settings.test $(PY) -W ignore manage.py makemigrations --check --dry-run

## messages: gather what the interface says into locale/*, compile it, and list what is not translated
messages: .venv/installed
	$(PY) -m config.messages --list

## bench-machine: every figure of the machine side against its bar; needs the data folder
bench-machine: .venv/installed-dev
	$(PY) bench/machine.py $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Vouch needs Python 3.11: install it, or name it with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python requirements.txt constraints.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@
