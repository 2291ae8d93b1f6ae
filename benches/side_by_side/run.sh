#!/usr/bin/env bash
# Soundings beside PyTorch and ONNX Runtime: the same weights, the same texts, the same machine, one table.
#
#   benches/side_by_side/run.sh                       # builds what it measures, then about a quarter of an hour
#   benches/side_by_side/run.sh --rounds 9 --raw rounds.json
#   benches/side_by_side/run.sh --soundings PATH      # an executable that is built already, without our float32 path
#
# Makes a Python environment once, from PyPI, in ${SIDE_BY_SIDE_VENV:-~/.cache/soundings-side-by-side}: about 5 GB, as
# PyPI's PyTorch for Linux brings what graphics processors need, which is not used here. How each side is measured and
# given its best is said in side_by_side.py and engines.py. The machine should have nothing else to do.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${SIDE_BY_SIDE_VENV:-$HOME/.cache/soundings-side-by-side}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed.txt"
fi
if [[ " $* " != *" --soundings"* && " $* " != *" --help "* ]]; then
  cd "$here/../.."
  # Builds the executable too: tests and benchmarks share what it is made of.
  wide=$(cargo bench --bench model --no-run --message-format=json |
    "$venv/bin/python" -c 'import json, sys; print([x["executable"] for x in map(json.loads, sys.stdin) if x.get("executable")][-1])')
  target=$(cargo metadata --format-version 1 --no-deps |
    "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
  set -- --soundings "$target/release/soundings" --wide "$wide" "$@"
fi
# Without these, glibc gives every large tensor back to the system and half of PyTorch's time is page faults.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592
exec "$venv/bin/python" "$here/side_by_side.py" "$@"
