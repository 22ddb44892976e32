"""The action of `kabar feed`: it translates an RSS or Atom feed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2

from service.cli.inputs import find_single_input
from service.cli.options import say
from service.cli.output import print_text
from service.cli.progress import Progress, progress_bar
from service.documents.feed_xml import read_feed
from service.documents.files import write_bytes
from service.documents.fragments import Fragment
from service.documents.manuscript import Manuscript
from service.errors import CannotRead
from service.results.order import Order
from service.runtime import Runtime, open_runtime
from service.scheduling.request import RequestContext
from service.settings import EXTRACTIVE, Settings

# Texts at the same time: enough to fill the batches of the engine.
_TEXTS = 16
_MAX_BYTES = 32 * 1024 * 1024
_SECONDS = 30.0


def translate_feed(source: str, items: int | None, output: Path | None, settings: Settings) -> int:
    """Write a feed in English, and return the exit code.

    `source` is a file, - for standard input, or the URL of a feed. Raises `CannotRead`, `NoInput`
    or `InvalidFeed`.
    """
    feed = read_feed(_read(source), items)
    settings = settings.model_copy(update={"summarizer": EXTRACTIVE})
    with (
        progress_bar("translating", "texts") as progress,
        closing(open_runtime(settings, say)) as runtime,
    ):
        english = _english(runtime, feed.fragments, settings, progress)
    written = feed.write(english)
    if output is None:
        print_text(written.decode())
    else:
        write_bytes(output, lambda file: file.write(written))
    return 0


def _english(
    runtime: Runtime, fragments: Sequence[Fragment], settings: Settings, progress: Progress
) -> list[str]:
    """Return the English of each fragment; the first are translated first."""

    def translated(fragment: Fragment) -> str:
        manuscript = Manuscript.from_fragment(fragment)
        order = Order("translation", (manuscript,), strict_language=settings.strict_language)
        document = runtime.results.result(order, RequestContext())
        return document.translation().fragment(fragment.form)

    found: list[str] = []
    with ThreadPoolExecutor(_TEXTS) as threads:
        for text in threads.map(translated, fragments):
            found.append(text)
            progress(len(found), len(fragments))
    return found


def _read(source: str) -> bytes:
    if source.startswith(("http://", "https://")):
        return _fetch(source)
    item = find_single_input([source])
    try:
        return sys.stdin.buffer.read() if item.path is None else item.path.read_bytes()
    except OSError as error:
        raise CannotRead(f"{item.name} cannot be read: {error.strerror or error}") from error


def _fetch(url: str) -> bytes:
    """Return the body of a URL. Raises `CannotRead`."""
    body = b""
    try:
        with httpx2.stream("GET", url, timeout=_SECONDS, follow_redirects=True) as response:
            if not response.is_success:
                raise CannotRead(
                    f"{url} answers {response.status_code}: open it in a browser to see why"
                )
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise CannotRead(f"{url} has over {_MAX_BYTES // 2**20} MB: name a feed")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CannotRead(f"{url} cannot be fetched: {error or type(error).__name__}") from error
    return body
