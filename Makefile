# Kabar: `make serve`, `make demo`, `make test`. Python 3.11 with venv is all that is needed.

PYTHON ?= $(shell command -v python3.11 || echo python3)
LOCK ?= requirements.lock
KABAR := .venv/bin/kabar
PIP := .venv/bin/pip install --quiet --disable-pip-version-check
SAMPLE := service/samples/article.txt

.PHONY: serve demo test check lock clean

serve: .venv/$(LOCK).installed
	$(KABAR) serve

demo: .venv/$(LOCK).installed
	$(KABAR) translate $(SAMPLE)
	@echo
	$(KABAR) summarize $(SAMPLE) --bullets 3

test: check
	.venv/bin/python -m pytest -n 2 --dist loadfile -m "not alone"
	.venv/bin/python -m pytest -m alone

check: .venv/$(LOCK).installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# The lock names torch's CPU build by version and sha256, so pip can take no other.
# `make serve LOCK=requirements-serve.lock` does without torch.
.venv/$(LOCK).installed: $(LOCK) pyproject.toml
	$(PYTHON) -m venv --clear .venv
	@echo "installing what $(LOCK) names (some minutes the first time)"
	@# Python compiles a module where it is first imported, and most never are.
	$(PIP) --no-compile --require-hashes --no-deps -r $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Everything, and what the container needs. Where the index offers several builds of torch, give
# uv the place of the CPU build with UV_FIND_LINKS.
COMPILE := uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group build
lock:
	$(COMPILE) --all-extras --upgrade -o requirements.lock
	$(COMPILE) --constraint requirements.lock -o requirements-serve.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache
