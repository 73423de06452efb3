# Every target sets up .venv by itself, once, and again when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PEERS := .venv/peers
LIST_PEERS := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench-peers"], sep="\n")

.DEFAULT_GOAL := test
.PHONY: bench bench-peers check clean deep demo fuzz mutants test

# A fresh .venv may bring a pip from before `--group` (25.1). durable-rules takes a C compiler: without it, or where it
# can't be imported, its tests are skipped and say so.
$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@$(BIN)/python -m pip install --quiet --editable '.[durable]' > .venv/durable.log 2>&1 \
		|| echo "durable-rules can't be built here (.venv/durable.log): the evaluator \`durable\` is left out"
	@touch $@

# A short story on the command line: what is allowed, what is denied and why, what it does to the bill.
demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/demo/demo.sh

# The policies' own suites, then the tests of the engine.
test: $(READY)
	$(BIN)/seatrules test policies
	$(BIN)/python -m pytest

# Format, lint, types, layers, and the policies as their author would check them.
check: $(READY)
	$(BIN)/ruff format --check engine tests
	$(BIN)/ruff check engine tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/seatrules lint --strict policies tests/policies/library-loans tests/policies/allotments

# What the policies' duties, denials and invariants come to, seen from the states of their suites, and the tests with
# their laws at full length, of which `make test` tries a part: some minutes.
deep: $(READY)
	$(BIN)/seatrules lint --strict --deep policies tests/policies/library-loans
	SEATRULES_TESTS=deep $(BIN)/python -m pytest

# The evaluators against each other, on made-up requests and policies, for so many seconds or with other options.
SECONDS ?= 600
FUZZ ?= --seconds $(SECONDS)
fuzz: $(READY)
	cd tests && ../$(BIN)/python -m fuzz $(FUZZ)

# Small changes of the engine's code, for so many seconds: each is to be noticed by the quick tests. 600 take in a sample.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	cd tests && ../$(BIN)/python -m mutants --seconds $(SECONDS)

# Ours against the same rules written by hand in Python.
bench: $(READY)
	$(BIN)/python tests/bench/bench.py

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
