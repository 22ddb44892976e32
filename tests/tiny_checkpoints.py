"""Tiny checkpoints of every architecture, made on the spot, with real tokenizers.

Each function writes a folder in Hugging Face's layout (config, safetensors, tokenizer files)
with a few thousand parameters: drawn with a fixed seed, then taught the ten pairs below for a
second, so that what comes out depends on what goes in and ends at different lengths.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    MT5Config,
    MT5ForConditionalGeneration,
    NllbTokenizer,
    PegasusConfig,
    PegasusForConditionalGeneration,
    PegasusTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Tokenizer,
)

from models.catalogue import ModelSpec

INDONESIAN = [
    "Presiden meresmikan jembatan baru di Surabaya pada Selasa pagi.",
    "Harga beras naik lima persen dalam satu bulan terakhir.",
    "Gempa mengguncang pesisir selatan, warga berlari ke tempat tinggi.",
    "Menteri Keuangan mengatakan anggaran tahun depan akan dipotong.",
    "Polisi menangkap tiga orang yang diduga mencuri kabel kereta.",
    "Tim nasional menang dua kosong atas tamunya di Jakarta.",
    "Hujan lebat membuat sungai meluap dan ratusan rumah terendam.",
    "Bank sentral menahan suku bunga acuan sebesar 5,75 persen.",
    "Seorang nelayan menemukan perahu kosong di lepas pantai Aceh.",
    "Para petani meminta pemerintah menurunkan harga pupuk.",
]
ENGLISH = [
    "The president opened a new bridge in Surabaya on Tuesday morning.",
    "The price of rice rose five percent in the past month.",
    "An earthquake shook the southern coast and residents ran to high ground.",
    "The finance minister said next year's budget would be cut.",
    "Police arrested three people suspected of stealing railway cables.",
    "The national team beat its guests two nil in Jakarta.",
    "Heavy rain made the river overflow and hundreds of houses were flooded.",
    "The central bank held its benchmark rate at 5.75 percent.",
    "A fisherman found an empty boat off the coast of Aceh.",
    "Farmers asked the government to lower the price of fertiliser.",
]

PROMPT = "Indonesian: {source}\nEnglish:"

SOURCES = [
    "Presiden mengatakan harga beras akan turun.",
    "Gempa!",
    "Polisi menangkap seorang nelayan di lepas pantai Surabaya pada Selasa pagi.",
    "Bank sentral menahan suku bunga.",
    "Hujan lebat di Jakarta membuat ratusan rumah terendam, kata menteri.",
]


SEQ2SEQ = ("marian", "m2m100", "nllb", "mt5", "bart")
CAUSAL = ("gemma3", "llama")
LANGUAGES = {"m2m100": ("id", "en"), "nllb": ("ind_Latn", "eng_Latn")}


def spec_of(name: str, **changes: Any) -> ModelSpec:
    """How the tiny checkpoint of that name is spoken to."""
    settings: dict[str, Any] = {}
    if name in LANGUAGES:
        settings["source_language"], settings["target_language"] = LANGUAGES[name]
    if name in CAUSAL:
        settings |= {"prompt": PROMPT, "stop": "\n"}
    return ModelSpec(
        id=name,
        task="translation",
        source="local",
        summary="",
        licence="",
        **(settings | changes),
    )


def checkpoint(root: Path, name: str) -> Path:
    """The folder of the tiny checkpoint of that name under `root`, made where it is not yet."""
    folder = root / name
    if not folder.exists():
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        make: Callable[[Path], Path] = globals()[name]
        make(folder)
        torch.set_num_threads(threads)
    return folder


def marian(folder: Path) -> Path:
    """Marian, as the opus-mt models: two sentencepiece models and a joint vocabulary."""
    folder.mkdir(parents=True)
    source = _sentencepiece(folder / "source.spm", INDONESIAN, 120, "unigram")
    target = _sentencepiece(folder / "target.spm", ENGLISH, 120, "unigram")
    pieces = [piece for piece in source + target if piece not in ("<unk>", "<s>", "</s>")]
    tokens = ["</s>", "<unk>", *dict.fromkeys(pieces), "<pad>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        tokenizer = MarianTokenizer(
            str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")
        )
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary),
        max_position_embeddings=96,
        **_transformer(),
        activation_function="swish",
        scale_embedding=True,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
    )
    torch.manual_seed(0)
    model = MarianMTModel(config)
    _teach(model, _ids(tokenizer, INDONESIAN), _ids(tokenizer, text_target=ENGLISH))
    with torch.no_grad():  # Marian's padding is a row of zeros
        model.get_input_embeddings().weight[pad] = 0.0
    model.generation_config.bad_words_ids = [[pad]]
    model.generation_config.num_beams = 6
    model.generation_config.max_length = 90
    return _save(folder, model, tokenizer)


def m2m100(folder: Path) -> Path:
    """M2M100: one sentencepiece model, a language token before source and target."""
    folder.mkdir(parents=True)
    pieces = _sentencepiece(folder / "sentencepiece.bpe.model", INDONESIAN + ENGLISH, 200, "bpe")
    ordinary = [piece for piece in pieces if piece not in ("<unk>", "<s>", "</s>")]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *ordinary]
    (folder / "vocab.json").write_text(
        json.dumps({token: index for index, token in enumerate(tokens)}), encoding="utf-8"
    )
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    languages = len(tokenizer.lang_token_to_id)
    torch.manual_seed(0)
    model = M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=len(tokens) + languages + tokenizer.num_madeup_words,
            max_position_embeddings=96,
            **_transformer(),
        )
    )
    sources, targets = [], []
    tokenizer.src_lang = "id"
    for language, texts in (("en", ENGLISH), ("jv", INDONESIAN)):
        tokenizer.tgt_lang = language
        sources += _ids(tokenizer, INDONESIAN)
        targets += _ids(tokenizer, text_target=texts)
    _teach(model, sources, targets)
    return _save(folder, model, tokenizer)


def nllb(folder: Path) -> Path:
    """NLLB: the same network as M2M100, with a tokenizer.json and other language tokens."""
    vocabulary, merges = _byte_pairs(
        pre_tokenizers.Metaspace(), ["<s>", "<pad>", "</s>", "<unk>"], 200
    )
    tokenizer = NllbTokenizer(
        vocab=vocabulary,
        merges=merges,
        extra_special_tokens=["eng_Latn", "ind_Latn", "jav_Latn"],
        src_lang="eng_Latn",
    )
    torch.manual_seed(0)
    model = M2M100ForConditionalGeneration(
        M2M100Config(vocab_size=len(tokenizer), max_position_embeddings=96, **_transformer())
    )
    sources, targets = [], []
    tokenizer.src_lang = "ind_Latn"
    for language, texts in (("eng_Latn", ENGLISH), ("jav_Latn", INDONESIAN)):
        tokenizer.tgt_lang = language
        sources += _ids(tokenizer, INDONESIAN)
        targets += _ids(tokenizer, text_target=texts)
    _teach(model, sources, targets)
    return _save(folder, model, tokenizer)


def mt5(folder: Path) -> Path:
    """mT5: relative positions, a gated feed-forward layer, a unigram tokenizer.json."""
    folder.mkdir(parents=True)
    model_file = folder / "spiece.model"
    pieces = _sentencepiece(model_file, INDONESIAN + ENGLISH, 200, "unigram")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    scored = [
        (piece, processor.get_score(processor.piece_to_id(piece)))
        for piece in pieces
        if piece not in ("<unk>", "<s>", "</s>")
    ]
    model_file.unlink()
    tokenizer = T5Tokenizer(
        vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *scored], extra_ids=0
    )
    torch.manual_seed(0)
    model = MT5ForConditionalGeneration(
        MT5Config(
            vocab_size=len(tokenizer) + 5,
            d_model=32,
            d_kv=16,
            d_ff=64,
            num_layers=2,
            num_heads=2,
            dropout_rate=0.0,
        )
    )
    _teach(model, _ids(tokenizer, INDONESIAN), _ids(tokenizer, ENGLISH), steps=35)
    return _save(folder, model, tokenizer)


def bart(folder: Path) -> Path:
    """BART: learned positions, byte-level tokenizer, `<s>` forced at the start."""
    vocabulary, merges = _byte_pairs(
        pre_tokenizers.ByteLevel(add_prefix_space=False),
        ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        360,
    )
    tokenizer = BartTokenizer(vocab=vocabulary, merges=merges)
    torch.manual_seed(0)
    model = BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=96,
            **_transformer(),
        )
    )
    _teach(model, _ids(tokenizer, INDONESIAN), _ids(tokenizer, ENGLISH))
    model.generation_config.forced_bos_token_id = 0
    model.generation_config.no_repeat_ngram_size = 3
    model.generation_config.min_length = 20
    return _save(folder, model, tokenizer)


def pegasus(folder: Path) -> Path:
    """Pegasus: sinusoidal positions, and a token of its own for the end of a line."""
    folder.mkdir(parents=True)
    model_file = folder / "spiece.model"
    _sentencepiece(model_file, INDONESIAN + ENGLISH, 200, "unigram")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    scored = [
        (processor.id_to_piece(index), processor.get_score(index))
        for index in range(3, processor.get_piece_size())
    ]
    model_file.unlink()
    control = ["<pad>", "</s>", "<mask_1>", "<mask_2>", "<unk>"]
    tokenizer = PegasusTokenizer(
        vocab=[*((token, 0.0) for token in control), ("<n>", -1.0), *scored], offset=3
    )
    torch.manual_seed(0)
    model = PegasusForConditionalGeneration(
        PegasusConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=96,
            **_transformer(),
            activation_function="relu",
            scale_embedding=True,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            forced_eos_token_id=1,
        )
    )
    lines = [line.replace(" and ", "<n>") for line in ENGLISH]
    _teach(model, _ids(tokenizer, INDONESIAN), _ids(tokenizer, lines))
    model.generation_config.num_beams = 2
    model.generation_config.length_penalty = 0.8
    return _save(folder, model, tokenizer)


def gemma3(folder: Path) -> Path:
    """Gemma 3, text only: sliding and full attention layers with rotary bases of their own."""
    vocabulary, merges = _byte_pairs(
        pre_tokenizers.Split("\n", "isolated"),
        ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "\n", "\n\n"]
        + [f"<0x{byte:02X}>" for byte in range(256)],
        460,
        space="▁",
    )
    tokenizer = GemmaTokenizer(vocab=vocabulary, merges=merges)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", 2)]
    )
    torch.manual_seed(0)
    model = Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            query_pre_attn_scalar=16,
            max_position_embeddings=256,
            sliding_window=64,
            layer_types=["sliding_attention", "full_attention"],
            rope_parameters={
                "sliding_attention": {"rope_type": "default", "rope_theta": 5000.0},
                "full_attention": {"rope_type": "default", "rope_theta": 20000.0},
            },
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=2,
        )
    )
    _teach(model, *_prompted(tokenizer), prompted=True)
    model.generation_config.do_sample = True
    model.generation_config.top_k = 64
    return _save(folder, model, tokenizer)


def llama(folder: Path) -> Path:
    """Llama with a byte-level tokenizer, and a chat token that a prompt may use."""
    vocabulary, merges = _byte_pairs(
        pre_tokenizers.ByteLevel(add_prefix_space=False), ["<s>", "</s>", "<unk>", "<|user|>"], 360
    )
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_special_tokens=["<|user|>"],
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=256,
            rope_parameters={"rope_type": "default", "rope_theta": 50000.0},
            bos_token_id=0,
            eos_token_id=1,
        )
    )
    _teach(model, *_prompted(tokenizer), prompted=True)
    return _save(folder, model, tokenizer)


def _transformer() -> dict[str, Any]:
    return {
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "dropout": 0.0,
        "attention_dropout": 0.0,
    }


def _sentencepiece(path: Path, lines: list[str], size: int, kind: str) -> list[str]:
    """Train a sentencepiece model on the lines; its pieces in the order of their ids."""
    with path.open("wb") as stream:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=stream,
            model_type=kind,
            vocab_size=size,
            hard_vocab_limit=False,
            minloglevel=2,
        )
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())]


def _byte_pairs(
    splitter: Any, special: list[str], size: int, space: str | None = None
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Train byte-pair merges on both languages; the vocabulary and the merges."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = splitter
    alphabet = (
        pre_tokenizers.ByteLevel.alphabet()
        if isinstance(splitter, pre_tokenizers.ByteLevel)
        else []
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    lines = INDONESIAN + ENGLISH + ["Indonesian: English:"]
    if space:
        lines = [line.replace(" ", space) for line in lines]
    trained.train_from_iterator(lines, trainer)
    data = json.loads(trained.to_str())["model"]
    return data["vocab"], [tuple(merge) for merge in data["merges"]]


def _ids(tokenizer: Any, *texts: Any, **target: Any) -> list[list[int]]:
    ids: list[list[int]] = tokenizer(*texts, **target)["input_ids"]
    return ids


def _prompted(tokenizer: Any) -> tuple[list[list[int]], list[list[int]]]:
    prompts = [PROMPT.replace("{source}", text) for text in INDONESIAN]
    answers = [f" {text}\n" for text in ENGLISH]
    begin = [tokenizer.bos_token_id]
    return (
        [begin + ids for ids in _ids(tokenizer, prompts, add_special_tokens=False)],
        _ids(tokenizer, answers, add_special_tokens=False),
    )


def _teach(
    model: PreTrainedModel,
    sources: list[list[int]],
    targets: list[list[int]],
    *,
    prompted: bool = False,
    steps: int = 60,
) -> None:
    """Learn to write `targets` after `sources` (ids, all that surrounds them included)."""
    for weight in model.parameters():
        if weight.dim() == 1:
            weight.data += 0.1 * torch.randn(weight.shape)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    if prompted:
        rows = [source + target for source, target in zip(sources, targets, strict=True)]
        labels = [
            [-100] * len(source) + target for source, target in zip(sources, targets, strict=True)
        ]
    else:
        rows, labels = sources, targets
    batch = {
        "input_ids": _matrix(rows, 0),
        "attention_mask": _matrix([[1] * len(row) for row in rows], 0),
        "labels": _matrix(labels, -100),
    }
    model.train()
    for _ in range(steps):
        loss = model(**batch).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _matrix(rows: list[list[int]], fill: int) -> torch.Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])


def _save(folder: Path, model: PreTrainedModel, tokenizer: Any) -> Path:
    tokenizer.save_pretrained(str(folder))
    model.eval().save_pretrained(str(folder))
    return folder
