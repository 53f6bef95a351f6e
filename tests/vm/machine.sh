#!/bin/bash
# machine.sh [options] SCRIPT
# Runs SCRIPT (sh) in a virtual machine with Debian's kernel and its ALSA sequencer, by emulation: no
# sound hardware and no rights are needed. Prints what SCRIPT prints, ends with its exit status; 124 =
# took too long, 125 = there was no machine.
#   -f FILE     copies a file into the machine's /t, programs with their libraries (repeatable)
#   -o FOLDER   brings the machine's /out back
#   -m LIST     modules besides the sequencer: through, usb (a USB MIDI device on a dummy bus)
#   -R          real time and two processors; else the machine's clock counts its instructions and
#               jumps over idle time, so that the load of the host does not matter
#   -t SECONDS  limit for the whole (default 300)
# Packages are downloaded once into $MIDI_VM_CACHE (default ~/.cache/oiduna-midi-vm, 75 MB).
set -u -o pipefail
export LC_ALL=C
here=$(dirname "$(realpath "$0")")
cache=${MIDI_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/oiduna-midi-vm}
files=()
out=
extra=
real=
limit=300
while getopts 'f:o:m:Rt:' option; do
    case $option in
    f) files+=("$OPTARG") ;;
    o) out=$OPTARG ;;
    m) extra=$OPTARG ;;
    R) real=yes ;;
    t) limit=$OPTARG ;;
    *) exit 125 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || {
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 125
}

die() {
    echo "machine: $*" >&2
    exit 125
}

# In the order they are loaded: an unpacked package has no list of dependencies.
core='sound/soundcore sound/core/snd sound/core/snd-timer sound/core/snd-hrtimer
sound/core/snd-seq-device sound/core/seq/snd-seq sound/core/snd-rawmidi
sound/core/seq/snd-seq-midi-event sound/core/seq/snd-seq-midi'
through='sound/core/seq/snd-seq-dummy'
usb='drivers/usb/common/usb-common drivers/usb/core/usbcore fs/configfs/configfs
drivers/usb/gadget/udc/udc-core drivers/usb/gadget/libcomposite drivers/usb/gadget/udc/dummy_hcd
drivers/usb/gadget/function/usb_f_midi sound/core/snd-pcm sound/core/snd-hwdep drivers/media/mc/mc
sound/usb/snd-usbmidi-lib sound/usb/snd-usb-audio'

# add ROOT FILE TARGET: a file and, if it is a program, its libraries
add() {
    mkdir -p "$1$(dirname "$3")" && cp -L "$2" "$1$3" || return 1
    ldd "$2" 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (0x.*/\1/p' |
        while read -r library; do
            target=$library
            case $target in /lib*) target=/usr$target ;; esac
            [ -e "$1$target" ] || { mkdir -p "$1$(dirname "$target")" && cp -L "$library" "$1$target"; }
        done
    return 0 # ldd fails on what is no program
}

archive() {
    (cd "$1" && find . | "$cache/busybox" cpio -o -H newc 2>/dev/null)
}

kernel_package() {
    apt-cache depends linux-image-amd64 2>/dev/null |
        sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -1
}

# QEMU starts an ELF kernel at once; the compressed one would be unpacked under emulation. Where the
# payload lies is said in the header (Linux x86 boot protocol: setup_sects, payload_offset, _length).
unpack_kernel() {
    local sectors offset length
    sectors=$(od -An -tu1 -j497 -N1 "$1" | tr -d ' ')
    offset=$(od -An -tu4 -j584 -N4 "$1" | tr -d ' ')
    length=$(od -An -tu4 -j588 -N4 "$1" | tr -d ' ')
    tail -c +$(((sectors + 1) * 512 + offset + 1)) "$1" | head -c "$length" >"$2.payload"
    { xz -dc --single-stream "$2.payload" || zstd -dc "$2.payload" || gzip -dc "$2.payload"; } \
        >"$2" 2>/dev/null
    rm -f "$2.payload"
    head -c4 "$2" | grep -q ELF || cp "$1" "$2"
}

download() {
    echo "machine: downloading $*" >&2
    apt-get -qq download "$@" >/dev/null 2>&1
}

build_base() {
    local base=$1 module
    mkdir -p "$base"/usr/{bin,sbin,lib,lib64,share} "$base"/{dev,proc,sys,etc,modules}
    for module in bin sbin lib lib64; do ln -s "usr/$module" "$base/$module"; done
    cp "$cache/busybox" "$base/usr/bin/" && cp -rL /usr/share/alsa "$base/usr/share/" || return 1
    for module in $core $through $usb; do
        cp "$cache"/kernel/lib/modules/*/kernel/"$module.ko" "$base/modules/" || return 1
    done
    add "$base" "$cache/seqlog" /usr/bin/seqlog && add "$base" "$cache/seqclock" /usr/bin/seqclock &&
        cp "$here/init.sh" "$base/init" &&
        chmod +x "$base/init" && echo 'root:x:0:0:root:/root:/bin/sh' >"$base/etc/passwd"
}

# The slow part, once.
prepare() {
    local kernel patterns=() module alsa
    rm -rf "$cache"/{debs,kernel,base,root,stamp}
    mkdir -p "$cache"/{debs,kernel,root} || die "cannot write $cache"
    cd "$cache/debs" || exit 125
    kernel=$(kernel_package)
    [ -n "$kernel" ] || { apt-get -qq update && kernel=$(kernel_package); }
    [ -n "$kernel" ] || die 'the package lists know no linux-image-amd64'
    download "$kernel" busybox-static libasound2-dev ||
        { apt-get -qq update && kernel=$(kernel_package) && rm -f ./*.deb &&
            download "$kernel" busybox-static libasound2-dev; } || die 'apt-get download failed'
    for module in busybox-static libasound2-dev; do
        dpkg-deb -x "$module"_*.deb "$cache/root" || die "cannot unpack $module"
    done
    cp "$cache/root/bin/busybox" "$cache/busybox" || die 'busybox-static has no /bin/busybox'
    for module in $core $through $usb; do patterns+=("./lib/modules/*/kernel/$module.ko"); done
    dpkg-deb --fsys-tarfile "$kernel"_*.deb |
        tar -x -C "$cache/kernel" --wildcards './boot/vmlinuz-*' "${patterns[@]}" ||
        die 'the kernel package lacks a module'
    unpack_kernel "$cache"/kernel/boot/vmlinuz-* "$cache/vmlinux"
    alsa=$(ldconfig -p | sed -n 's/.*libasound\.so\.2 .*=> //p' | head -1)
    for program in seqlog seqclock; do
        gcc -std=c11 -D_GNU_SOURCE -O2 -I"$cache/root/usr/include" -o "$cache/$program" "$here/$program.c" "$alsa" ||
            die "cannot compile $program.c"
    done
    build_base "$cache/base" || die 'cannot build the image'
    archive "$cache/base" >"$cache/base.cpio" || die 'cannot pack the image'
    rm -rf "$cache"/{debs,kernel,base,root}
    stamp >"$cache/stamp"
}

stamp() {
    cat "$here/machine.sh" "$here/init.sh" "$here/seqlog.c" "$here/seqclock.c" | cksum
}

command -v qemu-system-x86_64 >/dev/null ||
    die 'no qemu-system-x86_64: apt-get install --no-install-recommends qemu-system-x86'
mkdir -p "$cache" || die "cannot write $cache"
exec 9>"$cache/lock"
flock 9
[ "$(cat "$cache/stamp" 2>/dev/null)" = "$(stamp)" ] || (prepare 9>&-) || exit 125
flock -u 9
exec 9>&-

work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/t" "$root/usr"
# The base has links where an archive laid over it must not put folders.
for file in "${files[@]}"; do add "$root" "$file" "/t/$(basename "$file")" || die "cannot copy $file"; done
cp "$1" "$root/t/script" || die "cannot copy $1"
modules=
for module in $core; do modules="$modules ${module##*/}"; done
case " $extra " in *' through '*) modules="$modules ${through##*/}" ;; esac
case " $extra " in *' usb '*) for module in $usb; do modules="$modules ${module##*/}"; done ;; esac
echo "modules='$modules'" >"$root/t/machine"
archive "$root" | cat "$cache/base.cpio" - >"$work/initrd"

how=(-accel 'tcg,thread=single' -smp 1 -icount 'shift=1,sleep=off' -rtc 'base=2026-01-01,clock=vm')
[ -z "$real" ] || how=(-accel 'tcg,thread=multi' -smp 2)
: >"$work/console"
timeout -k 5 "$limit" qemu-system-x86_64 -M pc -cpu max "${how[@]}" -m 512 -nodefaults -no-user-config \
    -display none -no-reboot -kernel "$cache/vmlinux" -initrd "$work/initrd" \
    -chardev "file,id=console,path=$work/console" -serial stdio -serial chardev:console \
    -append 'console=ttyS1 quiet panic=-1 nokaslr mitigations=off tsc=reliable random.trust_cpu=on' </dev/null
ended=$?
if [ -n "$out" ]; then
    mkdir -p "$out"
    sed -n '/^@@OUT/,/^@@END/{/^@@/d;p}' "$work/console" | base64 -d -i | tar -xmzf - -C "$out" 2>/dev/null
fi
status=$(sed -n 's/^@@STATUS \([0-9]*\).*/\1/p' "$work/console" | tail -1)
[ -z "$status" ] || exit "$status"
echo "machine: no exit status came (qemu: $ended); the console ended with:" >&2
tail -15 "$work/console" >&2
[ $ended = 124 ] && exit 124
exit 125
