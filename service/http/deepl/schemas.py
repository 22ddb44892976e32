"""The parameters of DeepL's interface, as JSON and as forms send them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from service.documents.fragment_rules import TagRules
from service.documents.fragments import Fragment, FragmentForm, Splitting
from service.http.schemas.articles import UnicodeText

# DeepL's own limits.
MAX_TEXTS = 50
MAX_GLOSSARIES = 5

_SPLITTINGS: dict[str, Splitting] = {"0": "none", "1": "lines", "nonewlines": "punctuation"}
_TAG = re.compile(r"[^\s<>/&,\"'=]{1,100}")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _tags(value: Any) -> Any:
    """Return the names in a list, or separated by commas."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        return value
    names = [name.strip() for one in values for name in one.split(",") if name.strip()]
    for name in names:
        if not _TAG.fullmatch(name):
            raise ValueError(f"{name[:50]!r} is not the name of a tag: send `p` for <p>")
    return names


def _form_bool(value: Any) -> Any:
    if isinstance(value, str | int):
        return {"": None, "0": False, "1": True}.get(str(value), value)
    return value


def _splitting(value: Any) -> Any:
    value = str(int(value)) if isinstance(value, bool) else str(value)
    if value not in _SPLITTINGS:
        raise ValueError(
            f"split_sentences {value[:50]!r} is not supported: send `0`, `1` or `nonewlines`"
        )
    return value


def source_language(value: Any) -> Any:
    """Return `ID`, or None for a language to detect."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value.upper() != "ID":
        raise ValueError(
            f"source_lang {str(value)[:20]!r} is not supported: send ID, or leave it out"
        )
    return "ID"


def target_language(value: Any) -> Any:
    """Return a form of English."""
    code = value.upper().replace("_", "-") if isinstance(value, str) else ""
    if code not in ("EN", "EN-US", "EN-GB"):
        raise ValueError(
            f"target_lang {str(value)[:20]!r} is not supported: Kabar translates Indonesian into "
            f"EN, EN-US or EN-GB"
        )
    return code


def _formality(value: str) -> str:
    if value not in ("", "default", "prefer_more", "prefer_less"):
        raise ValueError(
            f"formality {value[:20]!r} is not supported: send `default`, `prefer_more` or "
            f"`prefer_less`"
        )
    return value


def _tag_handling(value: str) -> str:
    if value not in ("", "html", "xml"):
        raise ValueError(f"tag_handling {value[:20]!r} is not supported: send `html` or `xml`")
    return value


SourceLanguage = Annotated[Literal["ID"] | None, BeforeValidator(source_language)]
TargetLanguage = Annotated[Literal["EN", "EN-US", "EN-GB"], BeforeValidator(target_language)]
Tags = Annotated[list[str], BeforeValidator(_tags), Field(max_length=200)]
Switch = Annotated[bool | None, BeforeValidator(_form_bool)]


class CommonIn(BaseModel):
    """The parameters that texts and documents share."""

    model_config = ConfigDict(extra="forbid")

    source_lang: Annotated[SourceLanguage, Field(description="`ID`; detected if it is absent")] = (
        None
    )
    target_lang: Annotated[TargetLanguage, Field(description="`EN`, `EN-US` or `EN-GB`")]
    formality: Annotated[
        str,
        AfterValidator(_formality),
        Field(description="`default`, `prefer_more` or `prefer_less`; without effect"),
    ] = "default"
    glossary_id: Annotated[
        str | None, Field(description="the id of a glossary; needs `source_lang`")
    ] = None
    glossary_ids: Annotated[
        list[str],
        BeforeValidator(_tags),
        Field(
            max_length=MAX_GLOSSARIES, description="ids of glossaries; the first take precedence"
        ),
    ] = []
    translation_memory_id: Annotated[
        str | None, Field(description="`corrections`, which always apply")
    ] = None
    translation_memory_threshold: Annotated[
        int | None, Field(ge=0, le=100, description="without effect: corrections match exactly")
    ] = None
    enable_beta_languages: Annotated[Switch, Field(description="without effect")] = None


class TranslateIn(CommonIn):
    """The parameters of `/v2/translate`."""

    text: Annotated[
        list[UnicodeText],
        BeforeValidator(_as_list),
        Field(min_length=1, max_length=MAX_TEXTS, description="texts to translate, each by itself"),
    ]
    context: Annotated[
        UnicodeText, Field(description="the text before; it is not translated or charged")
    ] = ""
    split_sentences: Annotated[
        Literal["0", "1", "nonewlines"] | None,
        BeforeValidator(_splitting),
        Field(
            description="`0`: one sentence; `1`: split at punctuation and line ends; `nonewlines`: "
            "at punctuation (default for `html`)"
        ),
    ] = None
    tag_handling: Annotated[
        str, AfterValidator(_tag_handling), Field(description="`html` or `xml`")
    ] = ""
    ignore_tags: Annotated[Tags, Field(description="elements whose text stays as it is")] = []
    splitting_tags: Annotated[Tags, Field(description="elements that end sentences")] = []
    non_splitting_tags: Annotated[Tags, Field(description="elements inside sentences")] = []
    outline_detection: Annotated[
        Switch, Field(description="false: only `splitting_tags` end sentences in XML")
    ] = None
    preserve_formatting: Annotated[Switch, Field(description="without effect")] = None
    model_type: Annotated[str | None, Field(description="without effect")] = None
    tag_handling_version: Annotated[str | None, Field(description="without effect")] = None
    show_billed_characters: Annotated[
        Switch, Field(description="without effect: they are always shown")
    ] = None

    def fragments(self) -> list[Fragment]:
        """Return the texts with the way in which they are read."""
        form: FragmentForm = "text"
        if self.tag_handling == "html":
            form = "html"
        elif self.tag_handling == "xml":
            form = "xml"
        default: Splitting = "punctuation" if form == "html" else "lines"
        rules = TagRules(
            frozenset(self.ignore_tags),
            frozenset(self.splitting_tags),
            frozenset(self.non_splitting_tags),
            self.outline_detection is not False,
        )
        splitting = _SPLITTINGS[self.split_sentences] if self.split_sentences else default
        return [Fragment(text, form, splitting, self.context, rules) for text in self.text]


class TranslatedText(BaseModel):
    """The English of one text."""

    detected_source_language: Annotated[str, Field(description="the code, such as `ID`")]
    text: Annotated[str, Field(description="the English")]
    billed_characters: Annotated[int, Field(description="the characters of the text")]


class TranslateOut(BaseModel):
    """The English of all texts, in order."""

    translations: Annotated[list[TranslatedText], Field(description="one for each text")]


class LanguageOut(BaseModel):
    """A language."""

    language: Annotated[str, Field(description="its code")]
    name: Annotated[str, Field(description="its English name")]
    supports_formality: Annotated[
        bool | None,
        Field(exclude_if=lambda value: value is None, description="only of a target: false"),
    ] = None


class UsageOut(BaseModel):
    """The characters that the caller's key has used today, and its limit."""

    character_count: Annotated[int, Field(description="used today (UTC); 0 without keys")]
    character_limit: Annotated[int, Field(description="a day; 10^12 if there is no limit")]
