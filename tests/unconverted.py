"""The embedded model before any engine has it: what the tests that take it apart share."""

from __future__ import annotations

from dataclasses import dataclass

from models.embedded.base import BaseVocabulary
from models.embedded.gemma import Gemma
from models.embedded.tokenizer import EmbeddedTokenizer

EMBEDDED = "kabar-id-en"


@dataclass(frozen=True, slots=True)
class Unconverted:
    """The embedded model as arrays, before it is written for an engine."""

    vocabulary: BaseVocabulary
    model: Gemma
    tokenizer: EmbeddedTokenizer
