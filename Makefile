# Two commands do everything: `make run` tunes the sensory-motor network, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
MECHANISMS := .build/.mechanisms
# Tests that share an expensive cache bear the name of a group, which one process runs.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup

.PHONY: help setup run test types quick exhaustive fuzz docs clean

help:
	@echo "make setup   create .venv, install the project, compile mod/"
	@echo "make run     tune the sensory-motor network and write its report"
	@echo "make test    all tests but those marked slow, mpi, slurm or exhaustive; MARKS='not mpi and not slurm' runs others"
	@echo "make types   check the types of tuner/ with mypy (make test does it too)"
	@echo "make quick   the short tests that need no simulation, no processes, no other tuner or feature library"
	@echo "make exhaustive   before releases: proven claims once more, on further models, presets, seeds and corners"
	@echo "make fuzz    try hostile studies, command lines, run folders and batch tables for a minute; SECONDS=1800 for longer"
	@echo "make docs    build the documentation into .build/site; a warning, such as a broken link, fails the build"
	@echo "make clean   remove .venv, .build and build (runs/ stays)"

setup: $(READY) $(MECHANISMS)

$(READY): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15) and "needs Python 3.10 to 3.14, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(MECHANISMS): $(READY) mod $(wildcard mod/*)
	$(BIN)/python -m tuner.mechanisms mod
	@mkdir -p $(@D) && touch $@

run: setup
	$(BIN)/python tuner/run.py sensory_motor

test: setup types
	$(BIN)/python -m ruff check --quiet .
	$(PYTEST) $(if $(MARKS),-m "$(MARKS)") $(OPTIONS)

# Types are held against those of the libraries' present versions, which Python 3.10 has no more.
types: setup
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then $(BIN)/python -m mypy; \
	else echo "types are not checked on Python 3.10"; fi

quick: setup
	$(PYTEST) $(addprefix --ignore=tests/, yardstick equality smoke cluster executors optimizers/test_samplers.py) -m "not simulation and not long and not slow and not mpi and not slurm and not exhaustive"

exhaustive: setup
	$(PYTEST) -m "exhaustive and not mpi and not slurm"
	$(BIN)/python -m pytest -m "exhaustive and (mpi or slurm)"

SECONDS ?= 60
fuzz: setup
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

# The variable silences an advertisement of the theme.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Documentation: $(CURDIR)/.build/site/index.html; with search: python3 -m http.server -d .build/site"

clean:
	rm -rf .venv .build build *.egg-info
