"""The formats by name and by the ending of a file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from service.documents.formats.base import Document, FormatOptions, Table
from service.errors import InvalidRequest, ServiceError


class FormatUnavailable(ServiceError):
    """A format whose library is not installed."""

    slug = "format-unavailable"
    title = "The format's library is not installed"
    exit_code = 2


class UnknownFormat(InvalidRequest):
    """A file whose format Kabar does not read."""

    slug = "unknown-format"
    title = "The format is not known"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, its module, and the endings of its files.

    `targets` are the formats that it can be written in, if not its own. A file that `is_prose` can
    be summarized. `extra` names the package of Kabar with its library, if that is not always there.
    """

    name: str
    module: str
    suffixes: tuple[str, ...]
    is_text: bool = True
    is_prose: bool = True
    extra: str = ""
    targets: tuple[str, ...] = ()

    def open(self, path: Path, options: FormatOptions) -> Document | Table:
        """Open a file. Raises `UnreadableFile`, `FormatUnavailable` and `OSError`."""
        try:
            module = import_module(f"service.documents.formats.{self.module}")
        except ModuleNotFoundError as error:
            extra = self.extra or "all packages again"
            raise FormatUnavailable(
                f"{self.name} files need the package {error.name}: install {extra}"
            ) from error
        opened: Document | Table = module.open_document(path, options)
        return opened

    def result_suffix(self, suffix: str, target: str) -> str:
        """Return the ending of the result of a file with this ending."""
        return f".{target or self.targets[0]}" if self.targets else suffix.lower()


FORMATS = {
    one.name: one
    for one in (
        Format("txt", "plain", (".txt",)),
        Format("md", "markdown", (".md", ".markdown")),
        Format("html", "page", (".html", ".htm")),
        Format("json", "json_file", (".json",)),
        Format("jsonl", "json_lines", (".jsonl", ".ndjson")),
        Format("csv", "delimited", (".csv",)),
        Format("tsv", "delimited", (".tsv",)),
        Format("srt", "subtitles", (".srt",), is_prose=False),
        Format("vtt", "subtitles", (".vtt",), is_prose=False),
        Format("docx", "office", (".docx",), is_text=False),
        Format("pptx", "office", (".pptx",), is_text=False),
        Format("odt", "open_document", (".odt",), is_text=False),
        Format("epub", "epub", (".epub",), is_text=False),
        Format("parquet", "parquet", (".parquet",), is_text=False, extra="kabar[parquet]"),
        Format("po", "gettext", (".po", ".pot"), is_prose=False),
        Format("xliff", "xliff", (".xliff", ".xlf"), is_prose=False),
        Format("pdf", "pdf", (".pdf",), is_text=False, targets=("html", "docx")),
    )
}
_BY_SUFFIX = {suffix: one for one in FORMATS.values() for suffix in one.suffixes}
SUFFIXES = tuple(_BY_SUFFIX)

# Files that people have in archives, and the way to a format that Kabar reads.
_ADVICE = {
    ".doc": "save it as .docx",
    ".docm": "it may hold macros: save it as .docx",
    ".dotx": "save it as .docx",
    ".rtf": "save it as .docx",
    ".pages": "export it as .docx",
    ".ppt": "save it as .pptx",
    ".pptm": "it may hold macros: save it as .pptx",
    ".key": "export it as .pptx",
    ".xls": "save the sheet as .csv",
    ".xlsx": "save the sheet as .csv",
    ".xlsm": "save the sheet as .csv",
    ".ods": "save the sheet as .csv",
    ".xml": "name its format with --from, such as --from xliff",
    ".zip": "unpack it, and name the folder",
    ".gz": "unpack it first",
    ".bz2": "unpack it first",
    ".xz": "unpack it first",
    ".zst": "unpack it first",
    ".tar": "unpack it, and name the folder",
    ".ass": "save it as .srt",
    ".mobi": "convert it to .epub",
}


def advice_for(suffix: str) -> str:
    """Return the way to a format that Kabar reads, for files with another ending."""
    return _ADVICE.get(suffix.lower(), "")


def format_of(path: Path, name: str | None = None) -> Format:
    """Return the format of a file, or the one with this name. Raises `UnknownFormat`."""
    if name is not None:
        if name not in FORMATS:
            raise UnknownFormat(f"--from {name} is not a format: choose {', '.join(FORMATS)}")
        return FORMATS[name]
    suffix = path.suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    ending = f"{suffix} files" if suffix else "files without an ending"
    advice = _ADVICE.get(suffix, "name its format with --from if it has one of them")
    raise UnknownFormat(f"Kabar does not read {ending}: {advice}. It reads {', '.join(SUFFIXES)}")
