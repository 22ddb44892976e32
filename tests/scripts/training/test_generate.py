"""Batches of sentences get the same translations as single sentences."""

from __future__ import annotations

import pytest
import torch

from models.embedded.base import BaseVocabulary
from models.embedded.gemma import Gemma
from models.embedded.tokenizer import EmbeddedTokenizer, build_tokenizer
from scripts.training import generate
from scripts.training.generate import CorpusTranslator, PromptFormat
from scripts.training.network import Network

SOURCES = ["abc", "a b c ab", "", "cab  bac abc cab bac", "b"]


@pytest.fixture
def tokenizer(tiny_vocabulary: BaseVocabulary) -> EmbeddedTokenizer:
    return build_tokenizer(tiny_vocabulary, list(range(len(tiny_vocabulary.tokens))))


def network_of(gemma: Gemma) -> Network:
    network = Network(gemma, rank=2, seed=3, dtype=torch.float32)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(".b"):
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    network.merge()
    return network


@torch.no_grad()
def alone(network: Network, tokenizer: EmbeddedTokenizer, stops: set[int], source: str) -> str:
    """Translate without a cache, one token at a time."""
    tokens = tokenizer.encode_prompts("{source}\n", [" ".join(source.split())])[0]
    first = len(tokens)
    for _ in range(int(1.5 * first + 0.999) + 12):
        hidden = network(torch.tensor([tokens]))[0, -1]
        best = int((hidden @ network.embedding.T).argmax())
        if best in stops:
            return tokenizer.decode(tokens[first:]).strip()
        tokens.append(best)
    return ""


@pytest.mark.parametrize(("budget", "few"), [(20_000, 32), (60, 32), (20_000, 0)])
def test_batches_equal_single_sentences(
    budget: int,
    few: int,
    tiny_gemma: Gemma,
    tokenizer: EmbeddedTokenizer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(generate.CACHE_TOKENS, "cpu", budget)
    monkeypatch.setattr(generate, "_FEW", few)  # rows are compacted when some have ended
    network = network_of(tiny_gemma)
    # Two hypotheses reach one of these, after three and four tokens; the others never do.
    stops = {42, 202}
    translator = CorpusTranslator(network, tokenizer, PromptFormat("{source}\n", "\n"))
    translator._stops = torch.tensor(sorted(stops))
    expected = [alone(network, tokenizer, stops, source) for source in SOURCES]
    assert translator.translate(SOURCES) == expected
    assert [bool(text) for text in expected] == [True, False, False, True, False]


def test_no_sentences_give_no_hypotheses(tiny_gemma: Gemma, tokenizer: EmbeddedTokenizer) -> None:
    translator = CorpusTranslator(
        network_of(tiny_gemma), tokenizer, PromptFormat("{source}\n", "\n")
    )
    assert translator.translate([]) == []
