# Each target makes .venv from the lock file on first use: with uv where it is installed, else (or
# where uv fails) with venv and pip. PYTHON chooses the interpreter (3.11 or later).
PYTHON ?= python3
BIN := .venv/bin
WITH_UV = uv venv --quiet --clear --python "$$(command -v $(PYTHON))" .venv \
	&& uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	&& uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
WITH_PIP = $(PYTHON) -m venv --clear .venv && $(PIP) --require-hashes -r requirements.lock \
	&& $(PIP) --no-deps --no-build-isolation --editable .

.PHONY: run demo test check format bench lock clean

run: .venv/.ready        ## watch the real sources
	$(BIN)/monitor run

demo: .venv/.ready       ## an invented week and the desk over it, no network needed
	$(BIN)/monitor demo --stay

test: .venv/.ready       ## all tests
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder

check: .venv/.ready      ## format, lint and types, as CI has it
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/.ready     ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.ready      ## speed, as ratios in one run
	$(BIN)/python -m benchmarks.poll
	$(BIN)/python -m benchmarks.match
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.trying

lock:                    ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dev --upgrade --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/.ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Signal Monitor needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@{ command -v uv >/dev/null 2>&1 && $(WITH_UV); } || { $(WITH_PIP); }
	@touch $@
