"""The check of a webhook's signature."""

from __future__ import annotations

import hashlib
import hmac
import re
import time

_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def verify_webhook(signature: str, body: bytes, secret: str, max_age: float = 300.0) -> bool:
    """Return whether the header `Kabar-Signature` fits the body.

    A signature older than `max_age` seconds does not, so that an old call cannot be repeated.
    """
    match = _SIGNATURE.fullmatch(signature)
    if match is None or abs(time.time() - int(match[1])) > max_age:
        return False
    expected = hmac.new(secret.encode(), f"{match[1]}.".encode() + body, hashlib.sha256)
    return hmac.compare_digest(expected.hexdigest(), match[2])
