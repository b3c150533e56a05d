#!/bin/sh
# Compare a bundle's stages on emulated arm64 with this machine: runtimes/arm64/check.sh BUNDLE...
# PYTHON names the interpreter that the project is installed for.
here=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-$here/.venv/bin/python}
[ -x "$PYTHON" ] || PYTHON=python3
PYTHONPATH="$here/runtimes:$here${PYTHONPATH:+:$PYTHONPATH}" exec "$PYTHON" -m arm64.check "$@"
