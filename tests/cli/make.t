#!/bin/sh
# The Makefile's promises to those who build, install and package.
# shellcheck disable=SC2016 # make's dollars
. tests/tap.sh

unset MAKEFLAGS MAKELEVEL CFLAGS LDFLAGS SAN B CI WERROR

make help >"$tmp/help"
is "$(sed -n 's/^\([a-z][a-z0-9-]*\):.*##.*/\1/p' Makefile | sort)" \
    "$(sed -n 's/^  make \([a-z0-9-]*\) .*/\1/p' "$tmp/help" | sort)" 'make help lists the targets'
for target in help deps all check lint fmt install uninstall demo bench fuzz clean dist; do
    grep -q "^  make $target " "$tmp/help" || echo "$target"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'the usual targets are among them'

# What make would use, without doing it.
value() {
    printf 'include Makefile\nshow:\n\t@echo $(%s)\n' "$1" >"$tmp/show.mk"
    shift
    make -s -f "$tmp/show.mk" "$@" show
}
is "$(value B)" build 'build/ is where it is built'
is "$(value B SAN=address,undefined)" build-asan 'the address sanitizer has a folder of its own'
is "$(value B SAN=thread)" build-tsan 'the thread sanitizer has a folder of its own'
like "$(value COMPILE B="$tmp/b")" '-D_FORTIFY_SOURCE=3 .*-O2 -g' 'it is fortified by default'
like "$(value COMPILE B="$tmp/b" CFLAGS=-O0)" '^[^=]*-std=c11 .*-O0' 'CFLAGS takes the place of -O2 -g'
is "$(value COMPILE B="$tmp/b" CFLAGS=-O0 | grep FORTIFY)" '' 'nothing is fortified that is not optimised'
is "$(value COMPILE B="$tmp/b" | grep -e -Werror)" '' 'a warning does not stop a user'
like "$(value COMPILE B="$tmp/b" CI=true)" '-Werror' 'a warning stops CI'

object=$tmp/b/obj/lib/base/hash.o
is "$(make B="$tmp/b" CFLAGS=-O0 "$object" 2>&1)" "  CC  $object" 'what is built is told in a word'
rm "$object"
like "$(make B="$tmp/b" CFLAGS=-O0 V=1 "$object" 2>&1)" ' -std=c11 .* -o .*/hash\.o lib/base/hash\.c$' '... with V=1 as a command'
rm "$object"
is "$(make -s B="$tmp/b" CFLAGS=-O0 "$object" 2>&1)" '' '... and with -s not at all'

# Only what is built already is installed here: the folder belongs to the run of make above.
make -s B="$BIN" PREFIX=/opt/oiduna DESTDIR="$tmp/root" install-files >"$tmp/installed" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" 0, 'make install succeeds'
for main in cmd/*/main.c; do
    name=${main#cmd/}
    name=${name%/main.c}
    [ -x "$BIN/$name" ] || [ "$name" != oiduna-link ] || continue # its library is not everywhere
    [ -x "$tmp/root/opt/oiduna/bin/$name" ] || echo "$name"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'every program is installed'
for page in man/*.[1-9]; do
    [ ! -f "$page" ] || [ -f "$tmp/root/opt/oiduna/share/man/man${page##*.}/${page##*/}" ] || echo "$page"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'every manual page is installed'
find examples -type f -perm -u+x | while read -r script; do
    [ -x "$tmp/root/opt/oiduna/share/doc/oiduna/$script" ] || echo "$script"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'examples that are programs can be run where they are installed'
find "$tmp/root" -name oiduna.service -o -name token.conf >"$tmp/units"
while read -r unit; do sed -n 's/^ExecStart=\([^ ][^ ]*\).*/\1/p' "$unit"; done <"$tmp/units" | sort -u >"$tmp/out"
is "$(cat "$tmp/out")" /opt/oiduna/bin/oiduna-serve 'the service starts what was installed'
find "$tmp/root" -type f | sort >"$tmp/files"
is "$(cat "$tmp/files")" "$(sort "$tmp/installed")" 'make install names each file'
make -s B="$BIN" PREFIX=/opt/oiduna DESTDIR="$tmp/root" uninstall
is "$(find "$tmp/root" -type f 2>/dev/null)" '' 'make uninstall leaves no file behind'
is "$(find "$tmp/root" -path '*/doc/oiduna*' 2>/dev/null)" '' '... nor a folder of its own'

if git rev-parse HEAD >/dev/null 2>&1; then
    make -s B="$tmp/one" dist >/dev/null && sleep 1 && make -s B="$tmp/two" dist >/dev/null
    cmp "$tmp"/one/*.tar.gz "$tmp"/two/*.tar.gz
    ok $? 'make dist gives the same bytes each time'
    mkdir "$tmp/unpacked" && tar -xzf "$tmp"/one/oiduna-*.tar.gz -C "$tmp/unpacked" --strip-components=1
    git ls-tree -r --name-only HEAD | while read -r file; do [ -e "$tmp/unpacked/$file" ] || echo "$file"; done >"$tmp/out"
    is "$(cat "$tmp/out")" '' '... of all that is under version control'
    like "$(make -s -n -C "$tmp/unpacked" all 2>&1)" '-o build/oiduna-' '... and can be built from'
    tar -tzf "$tmp"/one/oiduna-*.tar.gz | grep -q '^oiduna-[0-9.]*/Makefile$'
    ok $? 'make dist packs all into a folder with the version'
else
    skip 'make dist gives the same bytes each time' 'not a git clone'
    skip '... of all that is under version control' 'not a git clone'
    skip '... and can be built from' 'not a git clone'
    skip 'make dist packs all into a folder with the version' 'not a git clone'
fi

# make deps on systems of all kinds, played by stubs. Their log says what would have been done.
mkdir "$tmp/stub" "$tmp/plain"
for tool in sh sed tr id env grep; do
    ln -s "$(command -v $tool)" "$tmp/plain/$tool"
done
stub() {
    printf '#!/bin/sh\n%s\n' "$2" >"$tmp/stub/$1"
    chmod +x "$tmp/stub/$1"
}
system() { # INSTALLED(all, foreign or nothing) UNKNOWN UID
    rm -f "$tmp"/stub/* "$tmp/log"
    : >"$tmp/log"
    stub dpkg 'echo amd64'
    stub dpkg-query "case '$1' in all) echo installed amd64;; foreign) echo installed arm64;; *) exit 1;; esac"
    stub apt-cache "case ' $2 ' in *\" \$2 \"*) ;; *) printf '%s:\n  Candidate: 1\n' \"\$2\";; esac"
    stub apt-get "echo apt-get \"\$@\" >>'$tmp/log'"
    stub id "echo $3"
}
deps() {
    PATH=$tmp/stub:$tmp/plain .ci/deps base >"$tmp/out" 2>"$tmp/err"
}

system all '' 0
deps
is "$?,$(cat "$tmp/out" "$tmp/log")" '0,deps: all there' 'make deps does nothing when all is there'

system '' '' 0
deps
is "$?" 0 'make deps installs on a fresh machine'
is "$(sed -n 1p "$tmp/log")" 'apt-get -q update' '... with fresh lists'
like "$(sed -n 2p "$tmp/log")" 'install --no-install-recommends .* liblo-dev .*libcmocka-dev' '... what is missing'
like "$(cat "$tmp/out")" '^deps: apt-get install .*liblo-dev' '... and says so before'

system foreign '' 0
deps
like "$?,$(cat "$tmp/log")" '^0,apt-get .*update' "make deps is not content with another machine's packages"

system '' 'libclang-rt-dev prometheus' 0
deps
like "$?,$(sed -n 2p "$tmp/log")" '^0,.* libclang-rt-14-dev ' 'make deps takes the second name where the first is unknown'
like "$(cat "$tmp/out")" 'going on without prometheus' '... and goes on without what is only nice to have'

system '' 'liblo-dev' 0
deps
like "$?,$(cat "$tmp/err")" '^69,deps: apt does not know: liblo-dev$' 'make deps names what the system does not have'

system '' '' 1000
deps
like "$?,$(cat "$tmp/err")" '^77,deps: not root and no sudo' 'make deps without root and sudo says what to install'
is "$(cat "$tmp/log")" '' '... and touches nothing'

system '' '' 1000
stub sudo 'echo sudo "$@" >>"'"$tmp/log"'"'
deps
like "$?,$(sed -n 2p "$tmp/log")" '^0,sudo env .* apt-get .* install' 'make deps uses sudo when not root'

rm "$tmp"/stub/*
deps
like "$?,$(cat "$tmp/err")" '^69,deps: this is not Debian' 'make deps elsewhere fails with a list'
like "$(cat "$tmp/err")" 'liblo-dev' '... that has what is needed'

# In a clone none of the programs is installed: the demo calls those that were built.
make -nB -s -C examples COMPILE=/built/oiduna-compile SMF=/built/oiduna-smf O="$tmp/made" >"$tmp/out" 2>&1
is "$(grep -c '^oiduna-' "$tmp/out") $(grep -c '^/built/oiduna-smf' "$tmp/out")" '0 1' 'the examples are made by the programs they are given'
MAKEFLAGS='' make -n demo 2>/dev/null | grep -c 'SMF=/.*/oiduna-smf ' >"$tmp/out"
is "$(cat "$tmp/out")" 1 'and the demo gives them all'

finish
