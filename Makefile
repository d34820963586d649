# Every target sets up its needs; a fresh Debian 12 needs only python3, python3-venv and make.
SHELL := /bin/bash
VENV ?= .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
ARGS ?=

# With bytecode a worker starts in 5 seconds instead of 20, so a setting of the caller's shell must not switch it off.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo unit test check format test-all test-install test-exporter exporter test-prometheus test-web test-api pictures dashboards
.PHONY: mutants soak up down bench-channel bench-cost bench-download bench-export bench-live bench-overhead bench-page bench-search eval eval-files eval-search eval-ask example message-kinds licences lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## environment, packages, bytecode, data for OCR (OCR_LANGUAGES=rus+eng+deu for other languages)
	@scripts/install-runtime $(VENV) --dev
	@touch $(STAMP)
	@echo "ready: $(VENV)/bin/media-audit"

$(STAMP): scripts/install-runtime pyproject.toml requirements/dev.txt requirements/build.txt
	@scripts/install-runtime $(VENV) --dev
	@touch $@

demo: $(STAMP) ## the whole flow on sample channels, with a report (ARGS=--keep leaves it running)
	@$(VENV)/bin/media-audit demo $(ARGS)

# Much of the suite waits for servers, leases and limits: three processes keep two cores busy. Each file has one, with
# its services; in the order of names, which starts the longest files with few tests first. JOBS=0 runs all in one.
JOBS ?= 3
PYTEST = $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# For the minutes between two runs of `test`: neither PostgreSQL nor Valkey starts, and nothing is checked before.
unit: $(STAMP) ## the tests that need no service, within a minute (ARGS="-k albums" for some)
	@$(PYTEST) -m "not services and not slow" tests/unit tests/contract $(ARGS)

test: check ## the checks and all tests, on real services (ARGS="-k albums" for some)
	@$(PYTEST) $(ARGS)

check: $(STAMP) ## format, lint, types, prose, drift between models and migrations
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(PY) scripts/check-prose
	@$(PY) -m pytest -q tests/migration/test_schema.py

format: $(STAMP) ## format the code, and repair what the linter can
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check .

# The floor and the measured processes are in pyproject.toml. Measuring doubles the work of the processor, so only this
# target does it; some tests alone (ARGS) stay below the floor and want COVERAGE= beside them.
COVERAGE ?= --cov --cov-report=

test-all: check ## everything: ten seeds of the nemesis, many more examples, coverage of app/ with a floor; half an hour
	@MEDIA_AUDIT_TESTS=all $(PYTEST) $(COVERAGE) $(ARGS)
	@echo 'per file: $(VENV)/bin/coverage report --skip-covered, or $(VENV)/bin/coverage html'

test-install: $(STAMP) ## the script that set-up and image share, by a user without rights on read-only code, then the demo
	@$(PY) -m pytest -q -s tests/live_install.py $(ARGS)

test-exporter: $(STAMP) exporter ## the Celery exporter beside live workers
	@$(PY) -m pytest -q tests/e2e/live_exporter.py $(ARGS)

exporter: $(STAMP) ## the environment of the Celery exporter (`up --exporter` makes it by itself)
	@scripts/install-runtime $(VENV)-exporter --exporter

# Not part of `test`: installs Prometheus from Debian's package, and the Celery exporter into its own environment.
test-prometheus: $(STAMP) exporter ## every query of dashboards and alerts on a real Prometheus that watched a real run
	@scripts/install-prometheus $(VENV)
	@$(PY) -m pytest tests/prometheus $(ARGS)

# Not part of `test`: needs Debian's chromium, which Playwright drives; without it this fails and names the remedy.
test-web: $(STAMP) ## every page in chromium: console, axe, widths, colours, languages, keys, without script; minutes
	@$(PY) -m pytest tests/web $(ARGS)

test-api: $(STAMP) ## some ten thousand requests made from the OpenAPI document (API_EXAMPLES=100 of each address); half an hour
	@API_EXAMPLES=$(or $(API_EXAMPLES),100) $(PY) -m pytest -q tests/integration/pipeline/test_api_schema.py $(ARGS)

pictures: $(STAMP) ## take the pictures of docs/page.md anew, in chromium, from a demo of their own
	@export MEDIA_AUDIT_HOME=$$(mktemp -d) && trap '$(VENV)/bin/media-audit down; rm -rf "$$MEDIA_AUDIT_HOME"' EXIT && \
	$(VENV)/bin/media-audit demo --keep && $(PY) -m tests.web.pictures $(ARGS)

dashboards: $(STAMP) ## write deploy/grafana/dashboards anew, after a change in deploy/grafana/*.py
	@$(PY) -m deploy.grafana.generate

# Not part of `test`: it damages a copy of the code some 400 times and runs the tests of each line. With ARGS it tries
# what they say and leaves the table as it is.
mutants: $(STAMP) ## damage the code and see which damages the tests notice; writes the score of docs/testing.md; an hour
	@$(PY) -m tests.mutants $(or $(ARGS),--write)

MINUTES ?= 30

soak: $(STAMP) ## the nemesis, seed after seed, until one fails (MINUTES=30, ARGS="--seed 40 --json FILE")
	@$(PY) -m tests.chaos.nemesis --minutes $(MINUTES) $(ARGS)

up: $(STAMP) ## run for good on the configured channels, with a live table
	@$(VENV)/bin/media-audit up $(ARGS)

down: $(STAMP) ## stop what `up` started
	@$(VENV)/bin/media-audit down $(ARGS)

bench-channel: $(STAMP) ## a channel of 2,000 messages by Media Audit and by the usual scripts, side by side
	@$(PY) -m tests.bench.channel $(ARGS)

bench-cost: $(STAMP) ## what a post costs: by process, by task and by statement (ARGS="--size long" for 50,000 messages)
	@$(PY) -m tests.bench.cost $(ARGS)

bench-download: $(STAMP) ## large files and photos by Media Audit, by download_media and at the limit of the line
	@$(PY) -m tests.bench.download $(ARGS)

bench-export: $(STAMP) ## seconds and peak memory of exports of 1,000, 10,000 and 100,000 publications, and the growth
	@$(PY) -m tests.bench.export $(ARGS)

bench-overhead: $(STAMP) ## what metrics and traces cost: the same runs with and without, in turn (ARGS="--rounds 5 --vision local")
	@$(PY) -m tests.bench.overhead $(ARGS)

bench-live: $(STAMP) ## seconds until a new post is on the page and found, of 50 (ARGS="--posts 20 --intervals 60"); 9 minutes
	@$(PY) -m tests.bench.live $(ARGS)

bench-page: $(STAMP) ## how long each page takes in the archive of bench-search (ARGS="--size 1000000 --keep DIR")
	@$(PY) -m tests.bench.page $(ARGS)

bench-search: $(STAMP) ## searches in a made archive, by type of query (ARGS="--size 1000000 --keep DIR" makes a large one once)
	@$(PY) -m tests.bench.search $(ARGS)

eval-search: $(STAMP) ## score the search on its labelled set in docs/eval.md (ARGS="--split tune --part merged")
	@$(PY) -m app.eval.search $(ARGS)

eval-ask: $(STAMP) ## score answers to the labelled questions of docs/eval.md (ARGS="--model" asks a model of your own, too)
	@$(PY) -m app.eval.ask $(ARGS)

eval: $(STAMP) ## score reading and tagging on the labelled set of docs/eval.md (ARGS="--provider local,gigachat")
	@$(PY) -m app.eval $(ARGS)

eval-files: $(STAMP) ## words found by kind of file (ARGS="--before FOLDER" compares with the code of another checkout)
	@$(PY) -m app.eval.files $(ARGS)

example: $(STAMP) ## write docs/pipeline-example.md anew, from a real run
	@$(PY) -m app.demo.example

message-kinds: $(STAMP) ## write docs/message-kinds.md anew: every kind of message, from a real run over the loopback Telegram
	@WRITE_MESSAGE_KINDS=1 $(PY) -m pytest -q tests/integration/pipeline/test_message_kinds.py

licences: $(STAMP) ## write docs/licences.md and NOTICE anew, after a change of packages or of scripts/licences
	@$(PY) -m scripts.licences

# Addresses of package indexes stay out of the files: each user's pip has its own.
UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

lock: ## pin the packages anew after a change in pyproject.toml (needs uv; ARGS=--upgrade takes newer ones)
	@command -v $(UV) >/dev/null || { echo "uv is missing: pip install uv, or make lock UV=/path/to/uv" >&2; exit 1; }
	@$(COMPILE) $(ARGS) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) $(ARGS) pyproject.toml --extra embedded -c requirements/runtime.txt -o requirements/embedded.txt
	@$(COMPILE) $(ARGS) pyproject.toml --extra embedded --extra dev -c requirements/embedded.txt -o requirements/dev.txt
	@$(COMPILE) $(ARGS) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
	@$(COMPILE) $(ARGS) requirements/exporter.in -o requirements/exporter.txt

clean: ## remove the environment and caches; databases and media under MEDIA_AUDIT_HOME stay
	@rm -rf $(VENV) $(VENV)-exporter build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
	@find app tests alembic scripts -name __pycache__ -type d -prune -exec rm -rf {} +
