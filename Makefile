# Two commands do everything: `make demo` and `make test`. All of it lives in .venv/.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEERS  := $(VENV)/.peers

.PHONY: help demo test lint bench bench-setup bench-extraction bench-noise bench-topic bench-dedup bench-relevance bench-search train lock clean

help:
	@echo "make demo         run the pipeline over the bundled newsstand, search page open (Ctrl-C ends it)"
	@echo "make demo ONCE=1  the same, ends by itself and prints the account"
	@echo "make test         install what is needed and run the tests"
	@echo "make lint         ruff and mypy"
	@echo "make bench        what the whole line costs per article, beside a bare extraction"
	@echo "make bench-extraction, bench-noise, bench-topic, bench-dedup, bench-relevance, bench-search"
	@echo "                  quality and cost of the cleaner beside open peers; noise put into pages (ARGS=…)"
	@echo "make train PAGES='…/*.xz'"
	@echo "                  the cleaner's block classifier anew, from labelled pages"
	@echo "make lock         pin the dependencies anew"

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "vigie needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up .venv (once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@$(BIN)/vigie demo $(if $(ONCE),--once)

test: $(STAMP)
	@$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m benchmarks.pipeline

$(PEERS): $(STAMP) benchmarks/requirements.lock
	@echo "Installing the peers of the benchmarks (once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@touch $@

bench-setup: $(PEERS)

bench-extraction: $(PEERS)
	$(BIN)/python -m benchmarks.extraction $(ARGS)

TRAINER := $(VENV)/.trainer

$(TRAINER): $(STAMP) training/requirements.lock
	@echo "Installing what training needs (once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r training/requirements.lock
	@touch $@

train: $(TRAINER)
	$(BIN)/python -m training $(PAGES) $(ARGS)

bench-topic: $(STAMP)
	$(BIN)/python -m benchmarks.topic $(ARGS)

bench-dedup: $(PEERS)
	$(BIN)/python -m benchmarks.dedup $(ARGS)

bench-relevance: $(STAMP)
	$(BIN)/python -m benchmarks.relevance $(ARGS)

bench-search: $(STAMP)
	$(BIN)/python -m benchmarks.search $(ARGS)

bench-noise: $(STAMP)
	$(BIN)/python -m benchmarks.noise $(ARGS)

lock:
	@$(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra dev --extra build --extra postgres -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra build --extra postgres -o deploy/requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate -c requirements.lock -o benchmarks/requirements.lock benchmarks/requirements.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate -c requirements.lock -o training/requirements.lock training/requirements.in

clean:
	rm -rf $(VENV) build dist *.egg-info
