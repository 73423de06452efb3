# Every target sets up .venv by itself, once, and again when pyproject.toml or the lock changes.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
LOCK := constraints.txt
LOCKED := --quiet --disable-pip-version-check --constraint $(LOCK)
NEWEST := .venv/newest
QUICK := $(addprefix tests/test_,docs.py json_text.py language.py own_words.py plugin.py versions.py wrong.py)
LAWS = $(shell grep -l -e 'from lengths' -e 'from asked' tests/test_*.py)
LATEST := --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager
PEERS := .venv/peers
OLDEST := import sys; sys.exit(sys.version_info[:2] > (3, 11) and "the lock is made with Python 3.11: say PYTHON=python3.11")
LIST_PEERS := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench-peers"], sep="\n")

.DEFAULT_GOAL := test
.PHONY: bench bench-batch bench-lsp bench-peers bench-remedies check clean deep demo force fuzz laws lock mutants newest noticed promises site test

# The locked versions, of pip and of what builds the package too. durable-rules takes a C compiler: without it, or where it
# can't be imported, its tests are skipped and say so.
$(READY): pyproject.toml $(LOCK)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(LOCKED) --upgrade pip
	$(BIN)/python -m pip install $(LOCKED) --build-constraint $(LOCK) --editable . --group dev
	@$(BIN)/python -m pip install $(LOCKED) --build-constraint $(LOCK) --editable '.[durable]' > .venv/durable.log 2>&1 \
		|| echo "durable-rules can't be built here (.venv/durable.log): the evaluator \`durable\` is left out"
	@touch $@

# The newest versions of everything, on the oldest Python that is served, become the lock.
lock:
	$(PYTHON) -c '$(OLDEST)'
	$(PYTHON) -m venv --clear .venv/lock
	.venv/lock/bin/python -m pip install $(LATEST) pip setuptools hatchling editables
	.venv/lock/bin/python -m pip install $(LATEST) --editable . --group dev
	.venv/lock/bin/python -m pip install $(LATEST) --editable '.[durable]'
	{ echo "# What tests and tools run with; the package itself takes more (pyproject.toml). \`make lock\` writes this."; \
		.venv/lock/bin/python -m pip freeze --all --exclude-editable; } > $(LOCK)

# The quick tests with the newest of everything, whatever the lock says.
newest:
	$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install $(LATEST) pip
	$(NEWEST)/bin/python -m pip install $(LATEST) --editable . --group test
	$(NEWEST)/bin/seatrules test policies
	$(NEWEST)/bin/python -m pytest $(QUICK)

# A short story on the command line: what is allowed, what is denied and why, what it does to the bill.
demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/demo/demo.sh

# The documents as one site, with the books of the shipped policies; to be read from build/site/index.html. With
# SITE='--try PACKAGE' each book answers on its page `try it`.
SITE ?=
site: $(READY)
	rm -rf build/site
	cd tests && ../$(BIN)/python -m manual ../build/site $(SITE)

# The policies' own suites, which show all of the policies, then the tests of the engine, or those that are named: on every
# core, the tests of a file on one of them.
WORKERS ?= auto
test: $(READY)
	$(BIN)/seatrules test policies tests/policies/library-loans tests/policies/allotments --coverage --fail-under 100
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(TESTS)

# Format, lint, types, layers, and the policies as their author would check them.
check: $(READY)
	$(BIN)/ruff format --check engine tests
	$(BIN)/ruff check engine tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/seatrules fmt --check --width 250 policies
	$(BIN)/seatrules lint --strict policies tests/policies/library-loans tests/policies/allotments

# What takes some minutes: all of these.
deep: promises noticed laws force

# What the policies' goals, denials and invariants come to, seen from the states of their suites.
promises: $(READY)
	$(BIN)/seatrules lint --strict --deep policies tests/policies/library-loans

# Small wrong changes of the shipped policies: their cases notice each that counts.
noticed: $(READY)
	set -e; for policy in policies/*/; do $(BIN)/seatrules mutate $$policy --fail-under 100; done

# Remedies against everything that can be done, for so many denials: thirty times as many as in `make test`.
DENIALS ?= 3000
SEED ?= 2024
force: $(READY)
	SEATRULES_DENIALS=$(DENIALS) SEATRULES_SEED=$(SEED) $(BIN)/python -m pytest --capture=no tests/test_remedies_by_force.py

# The laws at full length, of which `make test` tries a part: the files of tests that ask how long.
laws: $(READY)
	SEATRULES_TESTS=deep $(BIN)/python -m pytest $(LAWS)

# The evaluators against each other, on made-up requests and policies, for so many seconds or with other options.
SECONDS ?= 600
FUZZ ?= --seconds $(SECONDS)
fuzz: $(READY)
	cd tests && ../$(BIN)/python -m fuzz $(FUZZ)

# Small changes of the engine's code, for so many seconds: each is to be noticed by the quick tests. 600 take in a sample.
mutants: $(READY)
	$(BIN)/python -m pip install $(LOCKED) --group mutants
	cd tests && ../$(BIN)/python -m mutants --seconds $(SECONDS)

# Ours against the same rules written by hand in Python.
bench: $(READY)
	$(BIN)/python tests/bench/bench.py

# Accounts by the thousand: the engine row by row, SQL over nested and flat columns, SQL by hand; with `--agree ROWS` made-up
# rows of every shipped policy, which SQL and the engine have to answer alike.
BATCH ?=
bench-batch: $(READY)
	$(BIN)/python tests/bench/bench_batch.py $(BATCH)

# The language server, on every kind of question, into docs/editors.md.
bench-lsp: $(READY)
	$(BIN)/python tests/bench/bench_lsp.py --write

# The ways to yes, on every kind of denial of the shipped policies' cases, as lines of JSON; `--users 5 50 --only NAME`.
KINDS ?=
bench-remedies: $(READY)
	$(BIN)/python tests/bench/bench_remedies.py $(KINDS)

# Ours against other engines, into docs/performance.md and .svg. One that does not install is left out, and said.
bench-peers: $(PEERS)/.ready
	$(PEERS)/bin/python tests/bench/bench_peers.py

$(PEERS)/.ready: $(READY)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -c '$(LIST_PEERS)' | while read -r peer; do \
		$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check "$$peer" || echo "not installed: $$peer"; \
	done
	npm install --prefix $(PEERS) --no-save --silent cerbos || echo "not installed: the server of Cerbos"
	@touch $@

clean:
	rm -rf .venv .mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find engine tests -name __pycache__ -type d -prune -exec rm -rf {} +
