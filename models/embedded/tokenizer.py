"""The embedded model's tokenizer: Gemma's, with a part of its vocabulary.

It is a byte-pair encoding over characters with a fallback to bytes, so it encodes any text, and
`decode(encode(text)) == text`. Text never produces control tokens: `<eos>` in an article is five
ordinary characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers

from models.embedded.base import BaseVocabulary
from models.errors import ModelCorrupt

# Gemma writes a space as this character, so the character itself is encoded as bytes.
_SPACE = "▁"


class EmbeddedTokenizer:
    """A tokenizer whose ids are indexes in the reduced vocabulary."""

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
        """Return the tokens of a text, without control tokens."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, without control tokens."""
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
        """Return <bos> and the prompt's ids, with each source in its place."""
        rows = self.encode_batch([prompt.replace("{source}", source) for source in sources])
        return [[self.bos_id, *row] for row in rows]

    def ids_starting_with(self, text: str) -> list[int]:
        """Return the tokens that begin with `text`, such as `\\n\\n` for `\\n`."""
        first_byte = f"<0x{text.encode()[0]:02X}>" if text else ""
        return [
            number
            for number, token in enumerate(self.tokens)
            if token.startswith(text) or (len(text) == 1 and token == first_byte)
        ]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of tokens; bytes that are not UTF-8 become U+FFFD."""
        return self.decode_batch([ids])[0]

    def decode_batch(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Return the text of each sequence."""
        texts: list[str] = self._tokenizer.decode_batch(
            [list(row) for row in rows], skip_special_tokens=False
        )
        return texts


def build_tokenizer(vocabulary: BaseVocabulary, token_ids: Sequence[int]) -> EmbeddedTokenizer:
    """Build the tokenizer for `token_ids`, ids of the base vocabulary.

    A sentencepiece BPE model merges the pair with the best score. So the merges are every split of
    a token into two tokens, ordered by the token's score. They have the order that transformers
    derives, also among equals.
    """
    ids = {vocabulary.tokens[old]: new for new, old in enumerate(token_ids)}
    merges: list[tuple[float, str, str]] = []
    for old in token_ids:
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
    """Return the bytes that the tokenizer cannot encode; a valid one has none."""
    known = set(tokenizer.tokens)
    return [byte for byte in range(256) if f"<0x{byte:02X}>" not in known]
