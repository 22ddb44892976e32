"""The interface of DeepL (`/v2` and `/v3`), for tools that speak it.

`docs/compatible.md` lists the parameters that are honored, ignored and refused.
"""

from fastapi import APIRouter

from service.http.deepl import documents, glossaries, memories, multilingual, translate
from service.http.deepl.errors import SURFACE

router = APIRouter(tags=["deepl"])
PARTS = (translate, glossaries, multilingual, documents, memories)
for _part in PARTS:
    router.include_router(_part.router)

__all__ = ["PARTS", "SURFACE", "router"]
