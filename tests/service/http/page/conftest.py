"""Fixtures: a browser, and a server with an engine that a test can hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser import Open, chromium, opened
from held import HeldEngine
from playwright.sync_api import Browser, Page
from serving import Serving, serving

from service.settings import load_settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # No longer than a module: while it runs, this thread can have no other event loop.
    with chromium() as browser:
        yield browser


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture
def service(engine: HeldEngine, tmp_path: Path) -> Iterator[Serving]:
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        yield service
        engine.go.set()


@pytest.fixture
def open_page(browser: Browser, service: Serving) -> Iterator[Open]:
    with ExitStack() as pages:

        def open_path(path: str = "/", **options: object) -> Page:
            return pages.enter_context(opened(browser, f"{service.address}{path}", **options))

        yield open_path
