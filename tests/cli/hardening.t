#!/bin/sh
# The programs are built so that a mistake in them is hard to use.
. tests/tap.sh

machine=$(uname -m)

for main in cmd/*/main.c; do
    name=${main#cmd/}
    name=${name%/main.c}
    program=$BIN/$name
    [ -x "$BIN/$name" ] || [ "$name" != oiduna-link ] || continue # its library is not everywhere
    readelf -hldW "$program" >"$tmp/elf"
    readelf --dyn-syms -W "$program" | awk '{ sub(/@.*/, "", $8); print $8 }' >"$tmp/symbols"

    grep -q '^ *Type: *DYN' "$tmp/elf" && grep -q 'FLAGS_1.*PIE' "$tmp/elf"
    ok $? "$name may be loaded anywhere (PIE)"
    grep -q GNU_RELRO "$tmp/elf" && grep -q 'BIND_NOW\|FLAGS_1.*NOW' "$tmp/elf"
    ok $? "$name: the tables of the dynamic linker are read-only (full RELRO)"
    like "$(grep GNU_STACK "$tmp/elf")" ' RW +0x' "$name: the stack is not executable"
    is "$(grep LOAD "$tmp/elf" | grep RWE)" '' "$name: no segment is writable and executable"
    is "$(grep -E 'TEXTREL|RPATH|RUNPATH' "$tmp/elf")" '' "$name: no text relocations, no path to libraries"

    if grep -qE '^__(asan|tsan|ubsan)' "$tmp/symbols"; then
        skip "$name is built with the checks of the compiler" 'a sanitizer is in their place'
        continue
    fi
    is "$(grep -xE 'gets|strcpy|strcat|sprintf|vsprintf|tmpnam|mktemp|system|popen' "$tmp/symbols")" '' \
        "$name calls nothing that knows no bounds, and no shell"
    grep -qx __stack_chk_fail "$tmp/symbols"
    ok $? "$name: the stack protector is in"
    if grep -qE -- ' -O[123sgz]' "$BIN/flags" 2>/dev/null; then
        grep -qE '^__[a-z]+_chk$' "$tmp/symbols"
        ok $? "$name: calls into the C library are fortified"
    else
        skip "$name: calls into the C library are fortified" 'built without optimisation'
    fi
    case $machine in
    x86_64 | i?86)
        objdump -d --no-show-raw-insn --disassemble=main "$program" | grep -q endbr
        ok $? "$name: indirect jumps are checked where the processor can"
        ;;
    esac
done

is "$(readelf -dW "$BIN/oiduna-compile" | grep NEEDED | grep -E 'portmidi|event|jansson')" '' \
    'oiduna-compile needs neither MIDI nor a network'

finish
