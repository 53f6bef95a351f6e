#!/bin/sh
# Scores are what oiduna-score(5) says: a reader that knows only the page says the same as --dump.
. tests/tap.sh

page=man/oiduna-score.5
compile=$BIN/oiduna-compile

if ! python3 -c '' 2>/dev/null; then
    skip 'scores are read by their page' 'no python3'
    finish
fi

# check SESSION NAME
check() {
    : >"$tmp/found"
    "$compile" -o "$tmp/s.odn" "$1" 2>"$tmp/err" &&
        "$compile" --dump --json "$tmp/s.odn" >"$tmp/dump" &&
        python3 tests/score_reader.py "$page" "$tmp/s.odn" "$tmp/dump" >"$tmp/found" 2>&1
    ok $? "$2 is read by the page alone"
    sed 's/^/# /' "$tmp/found"
}

for session in examples/*.json tests/score/*.json; do
    check "$session" "$session"
done
if [ -n "${OIDUNA_GOLDEN:-}" ]; then
    for session in "$OIDUNA_GOLDEN"/*.session.json; do
        check "$session" "${session##*/}"
    done
fi

# The numbers of the page are the program's: each modulation and parameter by its name.
python3 - "$page" >"$tmp/all.json" <<'EOF'
import json, sys
sys.path.insert(0, "tests")
from score_reader import Page
page = Page(sys.argv[1])
known = [(name, wire, kind) for name, wire, kind in page.params.values() if name != "-"]
own = "s orbit gain pan n speed begin end cut legato".split()
old = "room size dry delay_send delay_time delay_feedback".split()
track = {"params": {}, "fx": {}, "track_fx": {}}
for i, (name, wire, kind) in enumerate(known):
    place = "params" if name in own else "fx" if name in old else "track_fx"
    track[place][name] = "text" if kind == "string" else 0.5 if name == "dry" else 1
json.dump({"tracks": {"all": track}, "sequences": {"all": {"events": [{"step": 0}]}}}, sys.stdout)
EOF
check "$tmp/all.json" 'a track that sets every parameter of the page'
is "$(grep -c warning "$tmp/err")" 0 'no parameter of the page is unknown to the program'
python3 - "$page" "$tmp/dump" <<'EOF'
import json, sys
sys.path.insert(0, "tests")
from score_reader import Page
page = Page(sys.argv[1])
message = json.load(open(sys.argv[2]))["parts"][0]["tracks"][0]["messages"][0]["osc"]
sent = message[1::2]
listed = [wire for _, wire, _ in page.params.values()]
missing = set(listed) - set(sent)
sys.exit(sent != [wire for wire in listed if wire in sent]
         or missing - {"midinote", "leslie", "lrate", "lsize"} != set())
EOF
ok $? 'its message has them in the order of the page'

finish
