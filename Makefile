# make demo and make test need python3 (3.11 or newer) with venv, and make; nothing else. The versions that
# constraints.txt pins need 3.11; skmine itself runs on 3.10, by `pip install .` without the pins.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# pytest-xdist's workers share the cores; one thread each.
ONE_THREAD := OMP_NUM_THREADS=1
WORKERS ?= 2

.PHONY: demo test test-all lint bench docs release-check clean

demo: $(INSTALLED)
	$(BIN)/skmine rank
	mkdir -p build
	$(BIN)/skmine report -o build/report.html

# The whole suite but the tests marked slow (the long notebooks).
test: lint
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

test-all: lint
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The cheap ones, within an hour. benchmarks/README.md lists all scripts with their hours; the others are
# ranking.given, ranking.rare, ranking.levels, tables.accuracy, tables.accuracy_large, tables.accuracy_settings,
# tables.accuracy_sensitivity, tables.beyond, tables.profiles, tables.conditional, tables.honesty,
# selection.recovery, selection.weak, selection.comparison, selection.real, loss.parting, loss.partners, paper and
# same_numbers. To run any of them:
#     make bench BENCHMARKS="ranking.speed tables.accuracy"
BENCHMARKS ?= ranking.precision ranking.calibration ranking.power ranking.speed

bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation \
		-e '.[bench]'
	for name in $(BENCHMARKS); do $(ONE_THREAD) $(BIN)/python -m benchmarks.$$name || exit 1; done

# Examples of docstrings run first, then the notebooks; their answers are kept in build/docs-cache. A warning
# of Sphinx is an error, and so is a link within the site that leads nowhere.
docs: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation \
		-e '.[docs]'
	$(ONE_THREAD) $(BIN)/python -m pytest -q -n $(WORKERS) tests/test_docstrings.py
	$(ONE_THREAD) $(BIN)/python docs/execute.py
	$(ONE_THREAD) $(BIN)/python -m sphinx -W --keep-going -q -j $(WORKERS) -c docs . build/docs-html
	@echo "The site is build/docs-html/index.html"

# What would be uploaded: a wheel and an sdist, with metadata that an index would take.
release-check: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation \
		-e '.[release]'
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf $(VENV) build dist *.egg-info

# Everything is pinned by constraints.txt, build tools included, so the package is built here too.
$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		--no-build-isolation -e '.[dev]'
	touch $@
