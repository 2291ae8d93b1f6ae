#!/usr/bin/env bash
# Generated requests against the API description: every answer is documented, valid requests are taken, others are not.
# Usage: tests/api/run.sh PROGRAM [SECONDS]. Needs Python 3; what it installs stays in a folder of its own.
# SOUNDINGS_API_SEED is the seed of the requests (1 by default); the same seed makes the same requests.
set -euo pipefail
cd "$(dirname "$0")"
here="$PWD"
program="$(realpath "$1")"
seconds="${2:-90}"
seed="${SOUNDINGS_API_SEED:-1}"
tools="${SOUNDINGS_TOOLS:-$HOME/.cache/soundings-tools}/schemathesis-4.32.5"
if [ ! -x "$tools/bin/schemathesis" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet schemathesis==4.32.5
fi
work="$(mktemp -d)"
"$program" serve --headless --data-dir "$work/data" --listen 127.0.0.1:0 --log warn >"$work/out" 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
  [ -s "$work/data/owner.json" ] && break
  sleep 0.1
done
url="$(sed -E 's/.*"url":"([^"]+)".*/\1/' "$work/data/owner.json")"
printf 'text,stars,date\nIt works well,5,2026-01-02\nIt broke at once,1,2026-01-03\n' >"$work/reviews.csv"
"$program" import "$work/reviews.csv" --data-dir "$work/data" 2>>"$work/log"
cd "$work"
# The stream of events never ends, and a tune job takes longer than the time there is.
if ! PYTHONPATH="$here" SCHEMATHESIS_HOOKS=hooks "$tools/bin/schemathesis" --config-file "$here/schemathesis.toml" \
  run "$url/api/openapi.json" --exclude-path-regex '/events$' --phases examples,coverage,fuzzing \
  --max-examples "$((seconds / 6 + 1))" --max-time "$seconds" --request-timeout 35 --continue-on-failure --seed "$seed" \
  --suppress-health-check all --no-color >"$work/found" 2>&1; then
  cat "$work/found"
  echo "--- log of the server"
  tail -50 "$work/log"
  exit 1
fi
sed -n '/= SUMMARY =/,$p' "$work/found"
kill -0 "$server" || { echo "the server ended"; exit 1; }
