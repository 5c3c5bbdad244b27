# `make tune`: a first sweep, on generated images. `make test`: all tests. Both make the environment once.
PYTHON ?= python3
BIN := .venv/bin
SAY_WHERE = echo "The command is $(CURDIR)/$(BIN)/tune; to have it as tune in this shell: source '$(CURDIR)/$(BIN)/activate'"

.PHONY: tune test lint clean

tune: .venv/installed
	$(BIN)/tune launch seg_unet --time-limit 5m
	@echo; $(SAY_WHERE)

test: .venv/installed lint
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cnn-tune needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 2; }
	@echo "Installing into .venv (once; torch is large)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
	@$(SAY_WHERE)

clean:
	rm -rf .venv build dist *.egg-info
