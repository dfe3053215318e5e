#!/bin/sh
# Runs larder and its peers side by side and prints one Markdown table.
#
#   benches/peers/run.sh             a few minutes
#   benches/peers/run.sh --million   larder among a million results: as long again, and 5 GB
#
# The Python peers live in a virtual environment beside this file, which is made if it is missing.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
venv=$here/.venv

if ! "$venv/bin/python" -c 'import diskcache, joblib' 2>/dev/null; then
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet diskcache joblib ||
        echo "the Python peers cannot be installed here, so the table is without them" >&2
fi
exec cargo run --quiet --release --manifest-path "$here/Cargo.toml" -- "$@"
