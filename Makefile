# Burnboard. `make run` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv

.PHONY: install install-test browser run test soak mutants check bench shots lock clean

install: $(VENV)/installed-run
install-test: $(VENV)/installed-test

$(BIN)/python:
	@./requirements/make-venv "$(PYTHON)" "$(VENV)"

$(VENV)/installed-run: requirements/run.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@touch $@

$(VENV)/installed-test: requirements/test.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/test.txt
	@touch $@ $(VENV)/installed-run

run: install
	@$(BIN)/python -m sandbox.launch

browser:
	@./requirements/get-browser

test: install-test browser
	$(BIN)/python -m pytest tests -q -n 2 -m "not browser and not soak"
	$(BIN)/python -m pytest tests -q -n 2 --headless -m "browser and not soak"

soak: install-test browser
	$(BIN)/python -m pytest tests --headless -m soak

mutants: install-test browser
	@$(BIN)/python -m tests.rows.mutants

check: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests -q -n 2 --ignore tests/rows --ignore tests/browser --hypothesis-profile=check \
	  -m "not browser and not process and not thorough and not soak"

bench: install-test browser
	$(BIN)/python -m benchmarks --write

shots: install-test browser
	$(BIN)/python -m tests.browser.shots
	$(BIN)/python -m tests.browser.frame_shots

lock:
	for name in run test; do $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-package playwright --no-emit-package greenlet --no-emit-package pyee \
	  requirements/$$name.in -o requirements/$$name.txt; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis shots
