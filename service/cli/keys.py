"""The actions of `kabar keys …`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from service.cli.options import check_choice, say
from service.cli.output import discard_output, print_table
from service.errors import CannotRead, CannotWrite, NotReady
from service.scheduling.request import Lane
from service.settings import Settings
from service.storage.key_records import Key, Permission, Usage
from service.storage.keys import Keys


def create_key(
    settings: Settings,
    name: str,
    lane: str,
    characters_per_day: int | None,
    requests_per_minute: int | None,
    may: Sequence[str],
) -> None:
    """Make a key and print its token, or revoke it if printing fails."""
    check_choice("--lane", lane, list(Lane))
    for permission in may:
        check_choice("--may", permission, list(Permission))
    permissions = frozenset(Permission(one) for one in may)
    with closing(Keys(settings.keys_path)) as keys:
        key, token = keys.create(
            name, Lane(lane), characters_per_day, requests_per_minute, permissions
        )
        try:
            print(token, flush=True)
        except OSError as error:
            keys.revoke(name)
            discard_output()
            raise CannotWrite(
                f"standard output: {error.strerror or error}; the key {name} was revoked again"
            ) from error
    say(
        f"{key.name}: lane {key.lane}; characters a day: {_limit(key.characters_per_day)}; "
        f"requests a minute: {_limit(key.requests_per_minute)}; may: {_permissions(key)}\n"
        f"Protect the key above like a password: it is shown once. Send it with every request:\n"
        f'  curl -H "Authorization: Bearer $KEY" …\n'
        f"A service with this data folder now requires a key, without a restart.\n"
        f"Revoke the key with `kabar keys revoke {key.name}`."
    )


def list_keys(settings: Settings) -> None:
    """Print a table of all keys with their usage today."""
    with closing(Keys(settings.keys_path)) as keys:
        try:
            used = [(key, keys.usage(key)) for key in keys.all()]
        except NotReady as error:
            raise CannotRead(f"{settings.keys_path}: {error.detail}") from error
    if not used:
        say("there are no keys, and requests need none: `kabar keys create NAME` makes one")
        return
    headings = (
        "name", "id", "lane", "requests a minute", "requests today", "characters today",
        "may", "created", "revoked",
    )  # fmt: skip
    print_table(headings, [_row(key, usage) for key, usage in used])


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke a key and report it."""
    with closing(Keys(settings.keys_path)) as keys:
        try:
            key = keys.revoke(name)
        except NotReady as error:
            raise CannotRead(f"{settings.keys_path}: {error.detail}") from error
    print(f"{key.name} ({key.id}) is revoked: requests with it are refused from now on")


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
        _permissions(key),
        f"{key.created:%Y-%m-%d}",
        f"{key.revoked:%Y-%m-%d}" if key.revoked else "",
    ]


def _permissions(key: Key) -> str:
    return ", ".join(sorted(key.may)) or "translate only"


def _limit(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit:,}"
