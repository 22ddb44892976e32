"""The client of a Kabar service.

    import kabar

    with kabar.Client("http://127.0.0.1:8000") as client:
        print(client.translate("Air surut.").text)

`AsyncClient` has the same methods for asyncio. `docs/client.md` shows them.
"""

from kabar._async import AsyncClient
from kabar._client import Client
from kabar._errors import KabarError, RequestRefused, ServiceUnreachable
from kabar._models import (
    Block,
    Bullet,
    Correction,
    Event,
    Fact,
    Job,
    JobResult,
    Sentence,
    Summary,
    Translation,
    Usage,
)
from kabar._webhook import verify_webhook

__all__ = [
    "AsyncClient",
    "Block",
    "Bullet",
    "Client",
    "Correction",
    "Event",
    "Fact",
    "Job",
    "JobResult",
    "KabarError",
    "RequestRefused",
    "Sentence",
    "ServiceUnreachable",
    "Summary",
    "Translation",
    "Usage",
    "verify_webhook",
]
