"""Debian's Chromium for tests of the page, and what no page may do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

# Opens a path of the service in a new browser profile.
Open = Callable[..., Page]

# A shared machine is slow at times.
TIMEOUT_MS = 60_000

_NAMES = ("chromium", "chromium-browser", "google-chrome")

_REPORT_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the system's Chromium; skip the test if there is none."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        message = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        # Its sandbox does not run as root.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, **options: object) -> Iterator[Page]:
    """Yield a page of a new browser profile; it may break no rule of its policy.

    It also may raise no error, and ask no other host.
    """
    faults: list[str] = []
    base = address.partition("#")[0].partition("?")[0]
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options}
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(_REPORT_VIOLATIONS)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: faults.append(message.text) if message.text.startswith("policy:") else None,
    )
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((base, "blob:")) else faults.append(request.url)
        ),
    )
    page.goto(address)
    yield page
    context.close()
    assert not faults, faults


def accessibility_faults(page: Page) -> list[str]:
    """Return the rules of axe that the page breaks, with the elements."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in violations for node in one["nodes"]]
