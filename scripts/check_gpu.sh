#!/usr/bin/env bash
# Checks the engines that run on CUDA: speed, and how many lines are as on the CPU. It takes about
# five minutes, and needs `kabar` with the extra `transformers` on a machine with an NVIDIA GPU.
#
#   scripts/check_gpu.sh DATA/eval/flores-dev.id
set -euo pipefail
if [ $# -ne 1 ] || [ ! -r "${1:-}" ]; then
  echo "usage: scripts/check_gpu.sh FILE, with a sentence a line" >&2
  exit 2
fi
lines=$1
kabar=${KABAR:-kabar}
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
words=$(wc -w <"$lines")
nvidia-smi --query-gpu=name,memory.total --format=csv,noheader || {
  echo "check_gpu: no NVIDIA GPU answers: nothing was checked" >&2
  exit 1
}

run() { # NAME ENGINE DEVICE DTYPE
  local began seconds
  "$kabar" models build --engine "$2" >/dev/null
  began=$(date +%s.%N)
  "$kabar" translate --lines "$lines" -o "$folder/$1" --no-cache --engine "$2" --device "$3" --dtype "$4"
  seconds=$("$python" -c "import time; print(f'{time.time() - $began:.1f}')")
  "$python" - "$folder/cpu" "$folder/$1" "$1" "$seconds" "$words" <<'END'
import sys
from pathlib import Path

expected, found = (Path(name).read_text(encoding="utf-8").split("\n") for name in sys.argv[1:3])
name, seconds, words = sys.argv[3], float(sys.argv[4]), int(sys.argv[5])
same = sum(a == b for a, b in zip(expected, found, strict=True)) / len(expected)
print(f"{name:24} {seconds:6.1f} s with the start, {words / seconds:6.0f} source words/s, {same:.0%} as on the CPU")
END
}

run cpu ctranslate2 cpu auto
run ctranslate2-cuda ctranslate2 cuda auto
run transformers-float32 transformers cuda float32
run transformers-bfloat16 transformers cuda bfloat16
