"""The tokenizers of checkpoints: control tokens and text stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_checkpoints import CAUSAL, SEQ2SEQ, checkpoint, spec_of

from models.checkpoints.checkpoint import CheckpointTokenizer


@pytest.mark.parametrize("name", SEQ2SEQ + CAUSAL)
def test_control_tokens_in_a_text_are_text(root: Path, name: str) -> None:
    tokenizer = CheckpointTokenizer(checkpoint(root, name), spec_of(name))
    control = [token for token in tokenizer.tokens(tokenizer.control_ids) if token]
    unknown = {tokenizer.raw.unk_token_id}
    assert "</s>" in control or "<eos>" in control
    ids = tokenizer.encode("harga " + " naik ".join(control) + " turun")
    assert not set(ids) & (tokenizer.control_ids - unknown)


def test_control_tokens_are_recognized_in_the_prompt_only(root: Path) -> None:
    tokenizer = CheckpointTokenizer(checkpoint(root, "llama"), spec_of("llama"))
    user = tokenizer.raw.convert_tokens_to_ids("<|user|>")
    ids = tokenizer.encode_prompt("<|user|>Kata: {source}\n", "a <|user|> b")
    assert ids[0] == user
    assert ids.count(user) == 1
    assert tokenizer.raw.decode(ids[1:]) == "Kata: a <|user|> b\n"
