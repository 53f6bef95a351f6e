#!/bin/sh
# OD_REALTIME is a promise: nothing that runs in the player thread takes memory or a lock, prints or opens.
. tests/tap.sh
if [ -n "${EMULATOR:-}" ] || grep -q fsanitize "$BIN/flags" || ! command -v objdump >/dev/null; then
    skip 'what real-time functions call' 'needs objects for this machine without a sanitizer, and objdump'
    finish
fi
reach() { python3 -B tests/cli/lib/realtime.py "$@"; }

set --
for source in lib/*/*.c cmd/oiduna-play/*.c; do
    set -- "$@" "$BIN/obj/${source%.c}.o"
done
reach . "$@" >"$tmp/out" 2>"$tmp/said"
is "$?,$(cat "$tmp/out")" 0, 'real-time functions call nothing that takes memory or a lock, prints or opens'
sed 's/^/# /' "$tmp/said"

# planted CALL: what is said if a real-time function does it, two calls further down
planted() {
    rm -rf "$tmp/planted"
    mkdir -p "$tmp/planted/lib/play" "$tmp/planted/cmd/oiduna-play"
    cat >"$tmp/planted/lib/play/planted.h" <<'END'
/* A contract may speak of OD_REALTIME (this does not count). */
OD_REALTIME void od_planted(int *number);
void od_planted_deep(int *number);
END
    cat >"$tmp/planted/lib/play/planted.c" <<'END'
#define OD_REALTIME
#include "planted.h"
void od_planted(int *number) { od_planted_deep(number); }
END
    cat >"$tmp/planted/lib/play/deep.c" <<END
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void od_planted_deep(int *number);
static pthread_mutex_t mutex;
int (*od_planted_hook)(int *number);
static __attribute__((noinline)) void last(int *number) { (void)mutex; $1; }
void od_planted_deep(int *number) { last(number); }
END
    for file in planted deep; do
        cc -O2 -Wno-unused-result -c -o "$tmp/planted/lib/play/$file.o" "$tmp/planted/lib/play/$file.c" || return 1
    done
    reach "$tmp/planted" "$tmp/planted/lib/play/planted.o" "$tmp/planted/lib/play/deep.o" 2>&1
}
for call in 'printf("%d", *number)' 'puts("x")' '*number = *(int *)malloc(4)' 'free(number)' \
    'pthread_mutex_lock(&mutex)' '*number = open("x", O_RDONLY)' 'fflush(stdout)' 'system("true")'; do
    name=$(printf '%s' "$call" | sed 's/^\*number = //; s/\*(int \*)//; s/(.*//')
    said=$(planted "$call")
    status=$?
    is "$status" 1 "a planted $name is found"
    like "$said" 'od_planted > od_planted_deep > last > ' '... with the way to it'
done
is "$(planted '*number += (int)strlen("x")' | grep -c '>')" 0 'what a real-time function may call is no finding'
is "$(planted '*number = 1' >/dev/null; echo $?)" 0 '... nor is what calls nothing'
finish
