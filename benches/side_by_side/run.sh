#!/usr/bin/env bash
# Soundings beside PyTorch and ONNX Runtime: the same weights, the same texts, the same machine.
#
#   benches/side_by_side/run.sh                        # builds nothing: takes target/release/soundings
#   benches/side_by_side/run.sh --soundings PATH --rounds 7
#
# Makes a Python environment once (from PyPI, about 3 GB, mostly the GPU half of the PyTorch wheel, which is not used)
# in ${SIDE_BY_SIDE_VENV:-~/.cache/soundings-side-by-side}. What is measured, and how each side gets its best, is said at the top of
# side_by_side.py. Takes a quarter of an hour on two cores; the machine should have nothing else to do.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${SIDE_BY_SIDE_VENV:-$HOME/.cache/soundings-side-by-side}
if ! [ -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
# Without these, glibc gives every large tensor back to the system and half of PyTorch's time is page faults.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592
exec "$venv/bin/python" "$here/side_by_side.py" "$@"
