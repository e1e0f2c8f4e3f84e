# Two commands do everything: `make demo` and `make test`. All of it lives in .venv/.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEERS  := $(VENV)/.peers

.PHONY: help demo test faults lint bench bench-setup bench-extraction bench-noise bench-topic bench-dedup bench-relevance bench-search train lock torture fuzz audit clean

help:
	@echo "make demo         run the pipeline over the bundled newsstand, search page open (Ctrl-C ends it)"
	@echo "make demo ONCE=1  the same, ends by itself and prints the account"
	@echo "make test         install what is needed and run the tests"
	@echo "make faults       what kills, full disks, lost queues and forgeries do, with the time to recover from each"
	@echo "make lint         ruff and mypy"
	@echo "make torture      10 000 items, 200 kills, FLUSHALL, clock jumps (ARGS='--items 1000 --kills 50 --store postgres')"
	@echo "make bench        what the whole line costs per article, beside a bare extraction"
	@echo "make bench-extraction, bench-noise, bench-topic, bench-dedup, bench-relevance, bench-search"
	@echo "                  quality and cost of the cleaner beside open peers; noise put into pages (ARGS=…)"
	@echo "make bench-fetch  polling 1 000 feeds beside an open feed reader; a day of 300 feeds by a clock that jumps"
	@echo "make train PAGES='…/*.xz'"
	@echo "                  the cleaner's block classifier anew, from labelled pages"
	@echo "make lock         pin the dependencies anew"
	@echo "make fuzz         damaged inputs and the model of the line, FUZZ=50 times longer than in the tests, at random"
	@echo "make audit        look up the locked versions among the published advisories"

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
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

torture: $(STAMP)
	@$(BIN)/python -m tests.torture $(ARGS)

faults: $(STAMP)
	@$(BIN)/pytest tests/faults tests/test_faults_table.py -vrP --timeout 200 $(ARGS) > $(VENV)/faults.log; ended=$$?; \
		grep -E "^row |^FAILED|^E  |passed|failed" $(VENV)/faults.log; exit $$ended

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

bench-fetch: $(PEERS)
	$(BIN)/python -m benchmarks.fetch $(ARGS)

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

FUZZ ?= 20

fuzz: $(STAMP)
	FUZZ=$(FUZZ) $(BIN)/pytest --timeout 0 $(or $(ARGS),tests/fuzz tests/model)

AUDITOR := $(VENV)/.auditor

# apart from the rest: what looks must not change what is looked at
audit: requirements.lock
	@test -x $(AUDITOR)/bin/pip-audit || \
		{ $(PYTHON) -m venv $(AUDITOR) && $(AUDITOR)/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	$(AUDITOR)/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info
