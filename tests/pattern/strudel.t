#!/bin/sh
# Runs strudel.mjs; `make check-pattern` puts its modules there first.
command -v node >/dev/null || { echo "1..0 # SKIP no node"; exit 0; }
[ -d "${MODULES:-$BIN/pattern}/node_modules" ] || { echo "1..0 # SKIP no modules: the npm registry was out of reach"; exit 0; }
exec node tests/pattern/strudel.mjs
