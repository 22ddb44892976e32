# Kabar: `make serve`, `make demo`, `make test`. All it needs is Python with venv; with a C++ compiler
# it is several times as fast.

PYTHON ?= $(shell command -v python3.11 || echo python3)
KABAR := .venv/bin/kabar
PIP := .venv/bin/pip install --quiet --disable-pip-version-check
PYTEST := .venv/bin/python -m pytest
SAMPLE := service/samples/article.txt

.PHONY: serve demo test test-fast check docs lock clean

serve: .venv/kabar.installed
	$(KABAR) serve

demo: .venv/kabar.installed
	$(KABAR) translate $(SAMPLE)
	@echo
	$(KABAR) summarize $(SAMPLE) --bullets 3

# All tests, in two processes, with the coverage at the end; then those that measure time, alone.
test: check
	$(PYTEST) -n 2 --dist loadfile -m "not alone" --cov --cov-report=term:skip-covered
	$(PYTEST) -m alone

# The tests that need no model and take no seconds: for the loop of an edit and a run.
test-fast: .venv/all.installed .venv/kabar.installed
	$(PYTEST) -n 2 --dist loadfile -m "not alone and not model and not slow"

check: .venv/all.installed .venv/kabar.installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

docs: .venv/all.installed .venv/kabar.installed
	.venv/bin/mkdocs build --strict --quiet --site-dir build/site
	@echo "open build/site/index.html"

# The package itself, with its native library: compiled again when a source changes.
.venv/kabar.installed: .venv/serve.installed pyproject.toml hatch_build.py $(wildcard models/inflight/native/*)
	@echo "building the inflight engine"
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What translating and serving needs.
.venv/serve.installed: requirements-serve.lock
	$(call install,requirements-serve.lock)
	@touch $@

# What development needs too. The lock names torch's CPU build by version and sha256, so pip can take
# no other; the index of torch itself has it where the usual index does not.
.venv/all.installed: requirements.lock
	$(call install,requirements.lock) || \
	  $(PIP) --no-compile --require-hashes --no-deps -r requirements.lock --extra-index-url $(TORCH_INDEX)
	@touch .venv/serve.installed $@

TORCH_INDEX := https://download.pytorch.org/whl/cpu

# Python compiles a module where it is first imported, and most never are.
define install
$(PYTHON) -m venv --clear .venv
@echo "installing the packages of $(1) (some minutes the first time)"
$(PIP) --no-compile --require-hashes --no-deps -r $(1)
endef

# The lock for users is for every system and Python. That for development is for Linux on x86-64; if
# the index offers several builds of torch, set UV_FIND_LINKS to the place of the CPU build.
COMPILE := uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group build
lock:
	$(COMPILE) --universal --upgrade -o requirements-serve.lock
	$(COMPILE) --constraint requirements-serve.lock --all-extras -o requirements.lock
	python3 scripts/check_wheels.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .coverage
