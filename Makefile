# Kabar: `make serve`, `make demo`, `make test`. Python 3.11 with venv is all that is needed.

PYTHON ?= python3.11
KABAR := .venv/bin/kabar
SAMPLE := service/samples/article.txt

.PHONY: serve demo test check lock clean

serve: .venv/installed
	$(KABAR) serve

demo: .venv/installed
	$(KABAR) translate $(SAMPLE)
	@echo
	$(KABAR) summarize $(SAMPLE) --bullets 3

test: check
	.venv/bin/python -m pytest

check: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# The lock names torch's CPU build by version and sha256, so pip can take no other.
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Everything, and what the container needs. Where the index offers several builds of torch, give
# uv the place of the CPU build with UV_FIND_LINKS.
LOCK = uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock:
	$(LOCK) --all-extras --upgrade -o requirements.lock
	$(LOCK) --constraint requirements.lock -o requirements-serve.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache
