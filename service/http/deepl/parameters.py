"""The parameters of a request in DeepL's interface."""

from __future__ import annotations

from fastapi import Request

from service.http.parameters import Parameters, read_parameters

# The one translation memory: the editors' corrections.
MEMORY_ID = "corrections"

ADVICE = " (docs/compatible.md lists the parameters)"


async def read(request: Request) -> Parameters:
    """Return the parameters, after the caller is identified.

    The key may be in `auth_key`. Raises as `read_parameters` does.
    """
    return await read_parameters(request, "auth_key")
