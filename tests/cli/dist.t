#!/bin/sh
# Who has the tar file alone, and no git, can build it, test it and install it.
. tests/tap.sh
unset MAKEFLAGS MAKELEVEL LDFLAGS SAN B CI WERROR PREFIX DESTDIR

if ! git rev-parse HEAD >/dev/null 2>&1 || [ -n "${EMULATOR:-}" ]; then
    skip 'the tar file' 'not a git clone, or another machine'
    finish
fi
make -s B="$tmp/dist" dist >/dev/null
tar -xzf "$tmp"/dist/oiduna-*.tar.gz -C "$tmp"
rm -r "$tmp/dist"
tree=$(echo "$tmp"/oiduna-*)
[ -f "$tree/Makefile" ]
ok $? 'it unpacks into a folder of its own'

mkdir "$tmp/stub"
# shellcheck disable=SC2016 # the stub expands
printf '#!/bin/sh\necho "git $*" >>"%s"\nexit 127\n' "$tmp/git" >"$tmp/stub/git"
chmod +x "$tmp/stub/git"
PATH=$tmp/stub:$PATH

make -s -j2 -C "$tree" CFLAGS=-O0 all build/tests/test_buf >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'it is built without a word'
(cd "$tree" && BIN=$tree/build prove -Q --exec tests/run build/tests/test_buf tests/cli/compile.t \
    tests/cli/examples.t tests/cli/map.t) >"$tmp/out" 2>&1
is "$?" 0 'its tests pass'
sed '/^All tests\|^Files=\|^Result/!s/^/# /; /^[^#]/d' "$tmp/out"
make -s -C "$tree" CFLAGS=-O0 PREFIX="$tmp/prefix" install >"$tmp/out" 2>&1
is "$?" 0 'it is installed'
is "$("$tmp/prefix/bin/oiduna-play" --version)" "$("$BIN/oiduna-play" --version)" '... and is this version'
[ ! -e "$tmp/git" ]
ok $? 'none of that asks for git'
make -s -C "$tree" dist >"$tmp/out" 2>&1
is "$?,$(find "$tree/build" -name '*.tar*')" 2, 'make dist, which does, fails and leaves nothing'
finish
