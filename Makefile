# Every target does its own set-up on a fresh machine: Python 3.11 or 3.12, and Go 1.26 for the
# one-time build of livekit-server. Nothing is installed outside this folder.

VAR ?= var
UV_VERSION := 0.13.8
UV := .local/uv/bin/uv
PY := .venv/bin/python
export UV_PYTHON_DOWNLOADS := never
# Real calls through a stack of their own.
REAL = tests/e2e tests/interop tests/browser
JUNIT = --junitxml=var/test/$(1).xml

.PHONY: help setup demo stack stop check lint test test-full bench bench-overlap

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

$(UV):
	@command -v python3 >/dev/null || { echo "Python 3.11 or 3.12 is needed (python3 on PATH)."; exit 1; }
	@echo "Setting up: uv $(UV_VERSION) into .local"
	@python3 -m venv .local/uv && .local/uv/bin/pip -q install uv==$(UV_VERSION)

.venv/.synced: pyproject.toml uv.lock | $(UV)
	@echo "Setting up: Python packages into .venv"
	@$(UV) sync --frozen --quiet && touch $@

# The programs that are no Python packages; builds livekit-server once where it is missing.
setup: .venv/.synced
	@$(PY) -m deploy.local.binaries

## make demo            start the local stack, place a real SIP call, leave the stack up (ONCE=1: stop it)
demo: setup
	@$(PY) -m deploy.local.demo --var $(VAR) $(if $(ONCE),--once)

## make stack           the local stack in the foreground until Ctrl-C (VAR=dir for a second one)
stack: setup
	@exec $(PY) -m deploy.local.stack --var $(VAR)

## make stop            stop the stack that runs in VAR
stop: .venv/.synced
	@$(PY) -m deploy.local.stack stop --var $(VAR)

lint: .venv/.synced
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy telephony agents contactcenter deploy
	.venv/bin/lint-imports --no-cache
	DEBUG=true DATABASE_URL=sqlite://:memory: $(PY) manage.py makemigrations --check --dry-run

## make check           lint, types, borders and the quick unit tests: under a minute
check: setup lint
	$(PY) -m pytest -q tests/unit tests/architecture tests/telephony -m "not full and not slow" $(call JUNIT,check)

## make test            everything that runs offline on embedded defaults (SQLite, bundled Redis)
test: setup lint
	$(PY) -m pytest -n 2 --reruns 1 tests/unit tests/architecture -m "not full" $(call JUNIT,unit)
	$(PY) -m pytest -n 2 tests/telephony -m "not full" $(call JUNIT,telephony)
	$(PY) -m pytest -n 4 --reruns 1 tests/agents -m "not full" $(call JUNIT,agents)
	$(PY) -m pytest --reruns 1 tests/e2e -m "not full" $(call JUNIT,e2e)

## make test-full       the rest: PostgreSQL and Redis where DATABASE_URL and REDIS_URL name them, interop, Chromium
test-full: setup
	$(PY) -m pytest -n 2 tests/telephony $(call JUNIT,full-telephony)
	$(PY) -m pytest -n 4 --reruns 1 tests/agents -m full $(call JUNIT,full-agents)
	$(PY) -m pytest -n 2 --dist loadgroup --reruns 1 -m "(full or not e2e) and not alone" $(REAL) $(call JUNIT,full)
	$(PY) -m pytest --reruns 1 -m "(full or not e2e) and alone" $(REAL) $(call JUNIT,full-alone)

## make bench           benchmarks (NAME=bridge for one)
bench: setup
	$(PY) -m tests.bench $(NAME)

## make bench-overlap   the agent talked over, by our own set or another (CASES=dir with a cases.csv)
bench-overlap: setup
	$(PY) -m tests.bench.overlap $(if $(CASES),--cases $(CASES))
