"""What `kabar keys …` does."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from service.errors import CannotRead, CannotWrite, InvalidSettings, NotReady
from service.scheduling.request import Lane
from service.settings import Settings
from service.storage.key_records import Key, Usage
from service.storage.keys import Keys


def create_key(
    settings: Settings,
    name: str,
    lane: str,
    characters_per_day: int | None,
    requests_per_minute: int | None,
) -> None:
    """Make a key and print its token; a key whose token could not be printed is revoked again."""
    if lane not in list(Lane):
        raise InvalidSettings(f"--lane {lane} is not known: choose {' or '.join(Lane)}")
    with closing(Keys(settings.keys_path)) as keys:
        key, token = keys.create(name, Lane(lane), characters_per_day, requests_per_minute)
        try:
            print(token, flush=True)
        except OSError as error:
            keys.revoke(name)
            # What could not be written must not be tried again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CannotWrite(
                f"standard output: {error.strerror or error}; the key {name} was revoked again"
            ) from error
    _say(
        f"{key.name}: lane {key.lane}; characters a day: {_limit(key.characters_per_day)}; "
        f"requests a minute: {_limit(key.requests_per_minute)}\n"
        f"Keep the line above like a password: it is shown this once. Send it with every request:\n"
        f'  curl -H "Authorization: Bearer $KEY" …\n'
        f"A service with this data folder now takes requests with a key only, without a restart.\n"
        f"End the key with `kabar keys revoke {key.name}`."
    )


def list_keys(settings: Settings) -> None:
    """Print every key with what it used today, as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "name", "id", "lane", "requests a minute", "requests today", "characters today",
        "created", "revoked", box=None, pad_edge=False,
    )  # fmt: skip
    with closing(Keys(settings.keys_path)) as keys:
        try:
            used = [(key, keys.usage(key)) for key in keys.all()]
        except NotReady as error:
            raise CannotRead(f"{settings.keys_path}: {error.detail}") from error
    if not used:
        _say("there are no keys, and requests need none: `kabar keys create NAME` makes one")
        return
    for key, usage in used:
        table.add_row(*_row(key, usage))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke a key and say so."""
    with closing(Keys(settings.keys_path)) as keys:
        try:
            key = keys.revoke(name)
        except NotReady as error:
            raise CannotRead(f"{settings.keys_path}: {error.detail}") from error
    print(f"{key.name} ({key.id}) is revoked: no request is let in with it any more")


def _row(key: Key, usage: Usage) -> list[str]:
    characters = f"{usage.today.characters:,}"
    if key.characters_per_day is not None:
        characters += f" of {key.characters_per_day:,}"
    return [
        key.name,
        key.id,
        key.lane,
        _limit(key.requests_per_minute),
        f"{usage.today.requests:,}",
        characters,
        f"{key.created:%Y-%m-%d}",
        f"{key.revoked:%Y-%m-%d}" if key.revoked else "",
    ]


def _limit(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit:,}"


def _say(message: str) -> None:
    print(message, file=sys.stderr)
