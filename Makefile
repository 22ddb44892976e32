# Kabar: `make serve`, `make demo`, `make test`. All it needs is Python 3.11 with venv.

PYTHON ?= $(shell command -v python3.11 || echo python3)
LOCK ?= requirements.lock
KABAR := .venv/bin/kabar
PIP := .venv/bin/pip install --quiet --disable-pip-version-check
PYTEST := .venv/bin/python -m pytest
SAMPLE := service/samples/article.txt

.PHONY: serve demo test test-fast check docs lock clean

serve: .venv/$(LOCK).installed
	$(KABAR) serve

demo: .venv/$(LOCK).installed
	$(KABAR) translate $(SAMPLE)
	@echo
	$(KABAR) summarize $(SAMPLE) --bullets 3

# All tests, in two processes, with the coverage at the end; then those that measure time, alone.
test: check
	$(PYTEST) -n 2 --dist loadfile -m "not alone" --cov --cov-report=term:skip-covered
	$(PYTEST) -m alone

# The tests that need no model and take no seconds: for the loop of an edit and a run.
test-fast: .venv/$(LOCK).installed
	$(PYTEST) -n 2 --dist loadfile -m "not alone and not model and not slow"

check: .venv/$(LOCK).installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

docs: .venv/$(LOCK).installed
	.venv/bin/mkdocs build --strict --quiet --site-dir build/site
	@echo "open build/site/index.html"

# The lock names torch's CPU build by version and sha256, so pip can take no other.
# `make serve LOCK=requirements-serve.lock` does without torch.
.venv/$(LOCK).installed: $(LOCK) pyproject.toml
	$(PYTHON) -m venv --clear .venv
	@echo "installing the packages of $(LOCK) (some minutes the first time)"
	@# Python compiles a module where it is first imported, and most never are.
	$(PIP) --no-compile --require-hashes --no-deps -r $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# One lock with everything, and one with the packages that the container needs. If the index offers
# several builds of torch, set UV_FIND_LINKS to the place of the CPU build.
COMPILE := uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group build
lock:
	$(COMPILE) --all-extras --upgrade -o requirements.lock
	$(COMPILE) --constraint requirements.lock -o requirements-serve.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .coverage
