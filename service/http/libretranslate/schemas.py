"""The parameters and answers of LibreTranslate's interface."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from service.documents.fragments import Fragment
from service.http.schemas.articles import UnicodeText

# In one request.
MAX_TEXTS = 250


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _source(code: str) -> str:
    if code not in ("id", "auto", "en"):
        raise ValueError(f"{code[:20]} is not supported: send id, or auto")
    return code


def _target(code: str) -> str:
    if code != "en":
        raise ValueError(f"{code[:20]} is not supported: Kabar translates Indonesian into en")
    return code


def _format(form: str) -> str:
    if form not in ("", "text", "html"):
        raise ValueError(f"{form[:20]} format is not supported: send text or html")
    return form or "text"


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("the text is empty: send some text")
    return text


Source = Annotated[str, BeforeValidator(_lower), AfterValidator(_source)]
Target = Annotated[str, BeforeValidator(_lower), AfterValidator(_target)]
Text = Annotated[UnicodeText, AfterValidator(_not_empty)]


class TranslateIn(BaseModel):
    """The parameters of `/translate`."""

    q: Annotated[
        Text | Annotated[list[UnicodeText], Field(min_length=1, max_length=MAX_TEXTS)],
        Field(description="a text, or a list of texts"),
    ]
    source: Annotated[Source, Field(description="`id` or `auto`; `en` stays as it is")]
    target: Annotated[Target, Field(description="`en`")]
    format: Annotated[
        str, BeforeValidator(_lower), AfterValidator(_format), Field(description="`text` or `html`")
    ] = "text"
    alternatives: Annotated[
        int, Field(ge=0, le=100, description="without effect: there are none")
    ] = 0

    @property
    def fragments(self) -> list[Fragment]:
        """The texts with the way in which they are read."""
        texts = [self.q] if isinstance(self.q, str) else self.q
        if self.format == "html":
            return [Fragment(text, "html", "punctuation") for text in texts]
        return [Fragment(text) for text in texts]


class DetectIn(BaseModel):
    """The parameters of `/detect`."""

    q: Annotated[Text, Field(description="a text")]


class SuggestIn(BaseModel):
    """The parameters of `/suggest`."""

    q: Annotated[Text, Field(description="an Indonesian sentence")]
    s: Annotated[Text, Field(description="its English")]
    source: Annotated[Source, Field(description="`id` or `auto`")]
    target: Annotated[Target, Field(description="`en`")]


class FileIn(BaseModel):
    """The parameters of `/translate_file`, apart from the file."""

    source: Annotated[Source, Field(description="`id` or `auto`")]
    target: Annotated[Target, Field(description="`en`")]


class DetectedOut(BaseModel):
    """A language, and the confidence from 0 to 100."""

    confidence: Annotated[float, Field(description="0 for a text that is too short to tell")]
    language: Annotated[str, Field(description="its code")]


class TranslateOut(BaseModel):
    """The English, as a text or as a list."""

    translatedText: Annotated[  # noqa: N815
        str | list[str], Field(description="a list for a list")
    ]
    detectedLanguage: Annotated[  # noqa: N815
        DetectedOut | list[DetectedOut] | None,
        Field(exclude_if=lambda value: value is None, description="only for `auto`"),
    ] = None
    alternatives: Annotated[
        list[str] | list[list[str]] | None,
        Field(exclude_if=lambda value: value is None, description="only if asked for: none"),
    ] = None


class LanguageOut(BaseModel):
    """A language, and those into which Kabar translates it."""

    code: Annotated[str, Field(description="its code")]
    name: Annotated[str, Field(description="its English name")]
    targets: Annotated[list[str], Field(description="codes")]


class FileOut(BaseModel):
    """A translated file."""

    translatedFileUrl: Annotated[  # noqa: N815
        str, Field(description="the URL of the English file")
    ]


class SuggestOut(BaseModel):
    """A correction was added."""

    success: Annotated[Literal[True], Field(description="true")] = True


class NamedLanguageOut(BaseModel):
    """A language."""

    code: Annotated[str, Field(description="its code")]
    name: Annotated[str, Field(description="its English name")]


class PairOut(BaseModel):
    """The languages that a page should offer first."""

    source: Annotated[NamedLanguageOut, Field(description="Indonesian")]
    target: Annotated[NamedLanguageOut, Field(description="English")]


class SettingsOut(BaseModel):
    """The settings that pages ask for."""

    apiKeys: Annotated[bool, Field(description="whether there are keys")]  # noqa: N815
    charLimit: Annotated[int, Field(description="characters of a request")]  # noqa: N815
    filesTranslation: Annotated[bool, Field(description="whether files work")]  # noqa: N815
    frontendTimeout: Annotated[int, Field(description="ms between keystrokes")] = 500  # noqa: N815
    keyRequired: Annotated[bool, Field(description="whether a key is needed")]  # noqa: N815
    language: Annotated[PairOut, Field(description="Indonesian and English")]
    suggestions: Annotated[bool, Field(description="true")] = True
    supportedFilesFormat: Annotated[list[str], Field(description="suffixes")]  # noqa: N815


class HealthOut(BaseModel):
    """The service translates."""

    status: Annotated[Literal["ok"], Field(description="`ok`")] = "ok"
