"""The paragraphs of `languages.tsv`, by language."""

from pathlib import Path

SAMPLES = [
    (code, text)
    for line in (Path(__file__).parent / "languages.tsv").read_text(encoding="utf-8").splitlines()
    for code, text in [line.split("\t")]
]
OF = {code: [text for c, text in SAMPLES if c == code] for code in ("id", "ms", "en", "jv", "su")}

MALAY = OF["ms"][1]
ENGLISH = OF["en"][0]
JAVANESE = OF["jv"][0]
SUNDANESE = OF["su"][0]
INDONESIAN = OF["id"][0]
