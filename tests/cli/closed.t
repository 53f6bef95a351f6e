#!/bin/sh
# A program that is started without standard input, output or error: nothing else becomes them.
. tests/tap.sh

why=
case $(cat "$BIN/flags" 2>/dev/null) in
*-fsanitize*) why='a sanitizer wants to be the first library' ;;
esac
[ -z "${EMULATOR:-}" ] || why='an emulated program takes no LD_PRELOAD'
if [ -n "$why" ]; then
    skip 'what is closed is held' "$why"
    finish
fi
case $BIN in
/*) held=$BIN/tests/preload/held.so ;;
*) held=$PWD/$BIN/tests/preload/held.so ;;
esac
printf '0 /dev/null\n2 /dev/null\n' >"$tmp/wanted"
for program in "$BIN"/oiduna-*; do
    case $(head -c 4 "$program" 2>/dev/null) in
    *ELF) ;;
    *) continue ;; # an archive, or a script
    esac
    rm -f "$tmp/held"
    OIDUNA_TEST_HELD="$tmp/held" LD_PRELOAD="$held" \
        "$program" --version <&- >&- 2>&-
    is "$(cat "$tmp/held" 2>&1)" "$(cat "$tmp/wanted")" "${program##*/} holds what it was started without"
done
finish
