"""The interfaces of other services that Kabar is compatible with."""

from service.http import deepl, libretranslate

SURFACES = (deepl.SURFACE, libretranslate.SURFACE)
