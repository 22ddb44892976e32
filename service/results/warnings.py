"""What somebody who prints a result should know first, in words."""

from __future__ import annotations

from service.article import Article, Kind
from service.text.language import mismatches
from service.translation.records import Translation

# By flag; the place is the id of a sentence.
WARNINGS = {
    "failed": "sentence {}: the engine failed on it; the source stands in its place; try again",
    "untranslated": "sentence {}: the model gave no translation; the source stands in its place",
    "unfinished": "sentence {}: the translation was ended by the length limit; compare it",
    "loop": "sentence {}: the translation repeats itself; compare it",
    "prompt": "sentence {}: the translation holds words of the model's prompt; compare it",
    "echo": "sentence {}: the translation is the source again; translate it by hand",
    "foreign": "sentence {}: the translation is still in Indonesian; translate it by hand",
    "script": "sentence {}: the translation has letters of a writing that the source lacks",
    "number_missing": "sentence {}: a number of the source is missing; see its facts",
    "number_invented": "sentence {}: a number is not in the source; see its facts",
    "name_missing": "sentence {}: a name of the source is missing; see its facts",
    "name_invented": "sentence {}: a name is not in the source; see its facts",
    "dropped": "sentence {}: a part of the source seems not to be translated; compare it",
    "quotation": "sentence {}: a quotation is missing or made up; see its facts",
    "figures": "sentence {}: left as it was, with figures written the Indonesian way; compare it",
    "term_missing": "sentence {}: a term of the glossary, or a part that is to stand as it is, did "
    "not come out in its place; see its terms, and compare it",
    "split": "sentence {}: longer than the model's window, so translated in parts; compare it",
    "short": "sentence {}: the translation is much shorter than the source; compare it",
    "long": "sentence {}: the translation is much longer than the source; compare it",
}


def translation_warnings(translation: Translation) -> list[str]:
    """What somebody who prints the result should know first."""
    blocks = translation.article.blocks
    warnings = []
    if not blocks:
        warnings.append("there is nothing to translate: the text is empty")
    elif all(block.kind is Kind.FURNITURE for block in blocks):
        warnings.append(
            "there is nothing to translate: every line was taken for page furniture and is "
            "listed under `furniture`"
        )
    warnings += language_warnings(translation.article)
    for block in blocks:
        for sentence in block.sentences:
            warnings += [WARNINGS[flag].format(sentence.id) for flag in sentence.flags]
    return warnings


def language_warnings(article: Article) -> list[str]:
    """What is said of an article, or a part of one, in another language."""
    return [f"{mismatch}: its English is not to be trusted" for mismatch in mismatches(article)]
