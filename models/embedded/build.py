"""The build of the embedded model, from base weights to engine format.

In: the installed packages and the adapter. Out: a folder for an engine. `models.store` makes the
folder visible only when it is complete. The build runs in a separate process, so that a server
does not retain the builder's memory: `python -m models.embedded.build FORMAT FOLDER [ADAPTER]`.

Progress goes to standard output, one line for each step. An error goes to standard error as one
line of JSON (`error`, `detail`), with exit status 1.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

from models.embedded.adapter import adapter_path, merge, read_adapter
from models.embedded.base import BASE_BYTES, BASE_SHA256, assemble, read_base
from models.embedded.convert import (
    FLOAT32_FOLDER_BYTES,
    INT8_FOLDER_BYTES,
    PACKED_FOLDER_BYTES,
    write_ctranslate,
    write_huggingface,
)
from models.embedded.gemma import Array, Gemma, forward
from models.embedded.tokenizer import EmbeddedTokenizer, build_tokenizer, missing_bytes
from models.errors import BuildFailed, ModelError, NoSpace
from models.files import is_disk_full, sha256_of
from models.inflight import packing
from models.inflight.decoder import Decoder
from models.inflight.library import instruction_sets, sum_bits

# Increase this when the same inputs give another model.
RECIPE = "1"

FORMATS = {
    "ctranslate2": INT8_FOLDER_BYTES,
    "packed16": PACKED_FOLDER_BYTES,
    "packed32": PACKED_FOLDER_BYTES,
    "transformers": FLOAT32_FOLDER_BYTES,
}

# The width of the first sums for which each packed format is made.
PACKED = {"packed16": 16, "packed32": 32}

# Maximum mean divergence of the converted model's next-token distributions from those of the
# unconverted one, in nats per token, by compute type. With float32 only the weights are rounded
# (0.005 measured; converting without rounding gives 0.0000001). With int8 the activations are too
# (0.04 measured). The smallest divergence from a wrong constant was 0.017, for the rotary base of
# the three global layers, which only the longest probe shows.
MAX_DIVERGENCE = {"float32": 0.01, "int8": 0.15}

# The same for the packed model, over the likeliest tokens (0.0019 measured with sums of 32 bits,
# 0.0041 with 16).
MAX_PACKED_DIVERGENCE = 0.01
_LIKELIEST = 64

_PROBES = (
    "Indonesian: Gempa bermagnitudo 5,6 mengguncang Cianjur pada Senin (21/11/2022) pukul "
    "13.21 WIB, kata BMKG.\nEnglish: A magnitude 5.6 earthquake shook Cianjur on Monday",
    'Indonesian: "Kami akan menambah anggaran Rp1,5 triliun," ujar Menteri Keuangan.\nEnglish:',
    "Indonesian: Presiden meninjau lokasi bencana di Kabupaten Cianjur, Jawa Barat, pada Selasa "
    "(22/11/2022), dan meminta bantuan segera disalurkan kepada para pengungsi yang masih "
    "bertahan di tenda darurat. Ia menyebut pemerintah akan memberi Rp50 juta untuk setiap rumah "
    "yang rusak berat, sementara warga menunggu kepastian dari pemerintah daerah tentang tempat "
    "tinggal sementara, sekolah anak-anak mereka, dan air bersih.\nEnglish: The president visited "
    "the site of the disaster in Cianjur Regency, West Java, on Tuesday and asked that aid be sent "
    "at once to those who are still living in emergency tents. He said the government would give",
)

Progress = Callable[[str], None]


@cache
def recipe(form: str, adapter: Path | None = None) -> dict[str, str]:
    """Return all that the built model depends on, which names its folder."""
    parts = {
        "base": BASE_SHA256,
        "adapter": sha256_of(adapter or adapter_path()),
        "recipe": RECIPE,
    }
    if form == "ctranslate2":
        parts["converter"] = metadata.version("ctranslate2")
    elif form in PACKED:
        parts["packing"] = packing.VERSION
    return parts


def bytes_needed(form: str) -> int:
    """Return the bytes that a build needs, for the base file and the result."""
    return BASE_BYTES + FORMATS[form]


def build(form: str, folder: Path, progress: Progress, adapter_file: Path | None = None) -> None:
    """Fill the empty `folder` with the model in one of `FORMATS`.

    `adapter_file` replaces the adapter in the package. Raises `NoSpace`, `ModelMissing`,
    `ModelCorrupt`, or `BuildFailed` where the converted model differs from the unconverted one.
    """
    free = shutil.disk_usage(folder).free
    if free < bytes_needed(form):
        raise NoSpace(
            f"building needs {bytes_needed(form) / 1e6:.0f} MB on the disk of {folder}, and "
            f"{free / 1e6:.0f} MB are free: free some space, or set KABAR_DATA_DIR to a "
            f"folder on another disk"
        )
    base_file = folder / "base.gguf"
    try:
        progress("joining the base weights and checking their sha256")
        assemble(base_file)
        progress("reading and dequantizing")
        adapter = read_adapter(adapter_file or adapter_path())
        vocabulary, base = read_base(base_file, adapter.token_ids)
        base_file.unlink()
        progress("merging the adapter")
        merged = merge(base, adapter)
        del base
        progress("cutting the tokenizer")
        tokenizer = build_tokenizer(vocabulary, adapter.token_ids)
        if lost := missing_bytes(tokenizer):
            raise BuildFailed(
                f"the kept vocabulary lacks the bytes {lost}: some text would be lost"
            )
        if form in PACKED:
            progress("packing the weights in int8")
            packing.write_packed(merged, PACKED[form], folder)
            tokenizer.save(folder / "tokenizer.json")
            progress("comparing the models")
            progress(f"they agree: {check_packed(folder, merged, tokenizer):.4f} nats")
        elif form == "ctranslate2":
            # Before the conversion, since quantization overwrites its input arrays.
            progress("computing logits of the unconverted model")
            probes = [[tokenizer.bos_id, *tokenizer.encode(probe)] for probe in _PROBES]
            expected = [forward(merged, probe) for probe in probes]
            progress("converting to CTranslate2 int8")
            write_ctranslate(merged, tokenizer, folder)
            progress("comparing the models")
            difference = check_conversion(folder, probes, expected)
            progress(
                "they agree: " + ", ".join(f"{d:.4f} nats in {t}" for t, d in difference.items())
            )
        else:
            progress("writing a Hugging Face checkpoint in float32")
            write_huggingface(merged, tokenizer, folder)
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(
                f"the disk of {folder} filled up while the model was built: free "
                f"{bytes_needed(form) / 1e6:.0f} MB, or set KABAR_DATA_DIR to a folder on "
                f"another disk; the partial files were removed"
            ) from error
        raise BuildFailed(f"building failed on a file: {error}") from error


def check_conversion(
    folder: Path, probes: Sequence[Sequence[int]], expected: Sequence[Array]
) -> dict[str, float]:
    """Return the converted model's mean divergence, by compute type.

    It is the Kullback-Leibler divergence of next-token distributions in nats per token, over all
    positions.
    `expected[i]` are the unconverted model's logits [len(probes[i]), vocabulary]. Raises
    `BuildFailed` above `MAX_DIVERGENCE`.
    """
    import ctranslate2

    tokens = EmbeddedTokenizer.load(folder / "tokenizer.json").tokens
    measured = {}
    for compute_type, allowed in MAX_DIVERGENCE.items():
        generator = ctranslate2.Generator(str(folder), device="cpu", compute_type=compute_type)
        divergences = []
        for probe, logits in zip(probes, expected, strict=True):
            answer = generator.forward_batch([[tokens[i] for i in probe]])
            converted, original = _log_softmax(np.array(answer)[0]), _log_softmax(logits)
            divergences.append(np.sum(np.exp(original) * (original - converted), axis=-1))
        divergence = float(np.mean(np.concatenate(divergences)))
        if not divergence <= allowed:  # true for NaN
            raise BuildFailed(
                f"computing in {compute_type}, the converted model diverges from the unconverted "
                f"one by {divergence:.4f} nats per token, more than {allowed}: ctranslate2 "
                f"{ctranslate2.__version__} may not suit this processor; please report this with "
                f"the output of `kabar doctor`"
            )
        measured[compute_type] = divergence
    return measured


def check_packed(folder: Path, model: Gemma, tokenizer: EmbeddedTokenizer) -> float:
    """Return the packed model's mean divergence from the unpacked one, in nats per token.

    It is the Kullback-Leibler divergence over the likeliest next tokens, after every token of a
    probe. Raises `BuildFailed` above `MAX_PACKED_DIVERGENCE`.
    """
    probe = [tokenizer.bos_id, *tokenizer.encode(_PROBES[-1])]
    expected = _log_softmax(forward(model, probe))
    packed = packing.PackedModel(folder)
    kinds = [name for name in instruction_sets() if sum_bits(name) == packed.sum_bits]
    decoder = Decoder(packed, len(probe), instructions=kinds[0])
    slots = np.arange(len(probe))
    divergences = []
    for number, token in enumerate(probe):
        ids, found = decoder.step([token], [slots[: number + 1]], _LIKELIEST)
        original = expected[number][ids[0]]
        divergences.append(np.sum(np.exp(original) * (original - np.array(found[0]))))
    decoder.close()
    divergence = float(np.mean(divergences))
    if not divergence <= MAX_PACKED_DIVERGENCE:  # true for NaN
        raise BuildFailed(
            f"computing with {kinds[0]}, the packed model diverges from the unpacked one by "
            f"{divergence:.4f} nats per token, more than {MAX_PACKED_DIVERGENCE}: use `--engine "
            f"ctranslate2`, and please report this with the output of `kabar doctor`"
        )
    return divergence


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def main() -> None:
    """Run the builder's process."""
    # The converter would import torch if it is installed, at the cost of seconds and 300 MB. It
    # does not need torch for plain arrays.
    sys.modules["torch"] = None  # type: ignore[assignment]
    form, folder = sys.argv[1], Path(sys.argv[2])
    adapter = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    try:
        build(form, folder, lambda step: print(step, flush=True), adapter)
    except ModelError as error:
        print(json.dumps({"error": type(error).__name__, "detail": error.detail}), file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
