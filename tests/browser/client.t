#!/bin/sh
# A client that a generator makes of the OpenAPI document compiles, and does what it says.
command -v node >/dev/null || { echo "1..0 # SKIP no node"; exit 0; }
[ -d "${MODULES:-$BIN/browser}/node_modules/openapi-typescript" ] || { echo "1..0 # SKIP no modules: the npm registry was out of reach"; exit 0; }
exec node tests/browser/client.mjs
