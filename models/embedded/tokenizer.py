"""The embedded model's tokenizer: Gemma's, cut to the tokens that are kept.

Byte-pair encoding over characters with a fall-back to bytes, so that any text can be encoded;
`decode(encode(text)) == text` for every Unicode text. Control tokens cannot be produced from
text: `<eos>` in an article is five ordinary characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers

from models.embedded.base import BaseVocabulary
from models.errors import ModelCorrupt

# Gemma writes a space as this character, so the character itself has to go by bytes.
_SPACE = "▁"


class EmbeddedTokenizer:
    """Text to token ids and back. Ids are places in the cut vocabulary."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        vocabulary = tokenizer.get_vocab(with_added_tokens=False)
        self.tokens = sorted(vocabulary, key=vocabulary.__getitem__)
        try:
            self.bos_id, self.eos_id = vocabulary["<bos>"], vocabulary["<eos>"]
            self.line_feed_id = vocabulary["\n"]
            self._space_ids = [vocabulary[f"<0x{byte:02X}>"] for byte in _SPACE.encode()]
        except KeyError as error:
            raise ModelCorrupt(f"the tokenizer lacks the token {error}") from error

    @classmethod
    def load(cls, path: Path) -> EmbeddedTokenizer:
        """Read a `tokenizer.json` that `save` wrote. Raises `ModelCorrupt`."""
        try:
            return cls(Tokenizer.from_file(str(path)))
        except Exception as error:  # the library raises bare Exception
            raise ModelCorrupt(f"the tokenizer {path} cannot be read: {error}") from error

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`."""
        path.write_text(self._tokenizer.to_str(), encoding="utf-8")

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without control tokens."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, without control tokens."""
        pieces = [text.split(_SPACE) for text in texts]
        flat = [piece for parts in pieces for piece in parts]
        encoded = iter(self._tokenizer.encode_batch_fast(flat, add_special_tokens=False))
        result = []
        for parts in pieces:
            ids: list[int] = list(next(encoded).ids)
            for _ in parts[1:]:
                ids += self._space_ids
                ids += next(encoded).ids
            result.append(ids)
        return result

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        """The beginning of sentence, and the prompt with each source in place of `{source}`."""
        rows = self.encode_batch([prompt.replace("{source}", source) for source in sources])
        return [[self.bos_id, *row] for row in rows]

    def ids_starting_with(self, text: str) -> list[int]:
        """The tokens whose text begins so: a line feed is in `\\n`, `\\n\\n` and `<0x0A>`."""
        first_byte = f"<0x{text.encode()[0]:02X}>" if text else ""
        return [
            number
            for number, token in enumerate(self.tokens)
            if token.startswith(text) or (len(text) == 1 and token == first_byte)
        ]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a sequence of tokens; bytes that are no UTF-8 become U+FFFD."""
        return self.decode_batch([ids])[0]

    def decode_batch(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """The text of each sequence."""
        texts: list[str] = self._tokenizer.decode_batch(
            [list(row) for row in rows], skip_special_tokens=False
        )
        return texts


def build_tokenizer(vocabulary: BaseVocabulary, kept: Sequence[int]) -> EmbeddedTokenizer:
    """The tokenizer over `kept` (ids of the base vocabulary), its merges derived from the scores.

    A sentencepiece BPE model merges the neighbours whose union has the best score; as a list
    of merges that is every way to split a token into two tokens, ordered by the token's score
    (the derivation transformers uses, with the same order among equals).
    """
    ids = {vocabulary.tokens[old]: new for new, old in enumerate(kept)}
    merges: list[tuple[float, str, str]] = []
    for old in kept:
        token = vocabulary.tokens[old]
        if not vocabulary.normal[old]:
            continue
        splits = [
            (token[:cut], token[cut:])
            for cut in range(1, len(token))
            if token[:cut] in ids and token[cut:] in ids
        ]
        splits.sort(key=lambda pair: (ids[pair[0]], ids[pair[1]]))
        merges += [(vocabulary.scores[old], left, right) for left, right in splits]
    merges.sort(key=lambda merge: (merge[0], len(merge[1]), len(merge[2])), reverse=True)
    tokenizer = Tokenizer(
        models.BPE(
            vocab=ids,
            merges=[(left, right) for _, left, right in merges],
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", _SPACE)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return EmbeddedTokenizer(tokenizer)


def missing_bytes(tokenizer: EmbeddedTokenizer) -> list[int]:
    """Bytes that the tokenizer could not encode; empty for a sound vocabulary."""
    known = set(tokenizer.tokens)
    return [byte for byte in range(256) if f"<0x{byte:02X}>" not in known]
