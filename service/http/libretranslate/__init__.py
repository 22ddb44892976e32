"""The interface of LibreTranslate, for tools that speak it.

`docs/compatible.md` lists the parameters that are honored, ignored and refused.
"""

from service.http.libretranslate.errors import SURFACE
from service.http.libretranslate.routes import router

__all__ = ["SURFACE", "router"]
