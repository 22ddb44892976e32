"""The interface of DeepL (`/v2` and `/v3`), for tools that speak it.

`docs/compatible.md` lists the parameters that are honored, ignored and refused.
"""

from fastapi import APIRouter

from service.http.deepl import documents, glossaries, memories, multilingual, translate
from service.http.deepl.errors import SURFACE

router = APIRouter(tags=["deepl"])
for _part in (translate, glossaries, multilingual, documents, memories):
    router.include_router(_part.router)

__all__ = ["SURFACE", "router"]
