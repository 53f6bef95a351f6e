#!/bin/busybox sh
# The machine's first process: loads modules, runs /t/script, sends its exit status and /out to the
# second serial line, and switches off. /t/script may use the functions below.
# shellcheck shell=dash disable=SC1091
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/t:/usr/bin:/usr/sbin:/bin:/sbin HOME=/root LC_ALL=C
mkdir -p /tmp /out /run /dev/shm /dev/pts /root
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
ifconfig lo 127.0.0.1
stty -F /dev/ttyS0 raw -echo
stty -F /dev/ttyS1 raw -echo
. /t/machine
# shellcheck disable=SC2154
for module in $modules; do
    insmod "/modules/$module.ko" || echo "init: no module $module" >/dev/ttyS0
done

# listen NAME [CLIENT:PORT]: a synthesiser of that name; what it hears goes to /out/NAME.log
listen() {
    mkfifo /tmp/ready
    seqlog "$1" "/out/$1.log" ${2:+"$2"} >/tmp/ready &
    read -r _ </tmp/ready
    rm /tmp/ready
}

# A USB MIDI device "TestSynth": a gadget on the dummy host controller.
gadget=/sys/kernel/config/usb_gadget/midi
usb_plug() {
    mount -t configfs configfs /sys/kernel/config 2>/dev/null
    if [ ! -d $gadget ]; then
        mkdir -p $gadget/strings/0x409 $gadget/configs/c.1 $gadget/functions/midi.0
        echo 0x1d6b >$gadget/idVendor
        echo 0x0104 >$gadget/idProduct
        echo TestSynth >$gadget/strings/0x409/product
        ln -s $gadget/functions/midi.0 $gadget/configs/c.1/
    fi
    for controller in /sys/class/udc/*; do basename "$controller"; done >$gadget/UDC
    until grep -q TestSynth /proc/asound/seq/clients; do usleep 20000; done
}
usb_unplug() {
    echo '' >$gadget/UDC
    while grep -q TestSynth /proc/asound/seq/clients; do usleep 20000; done
}

(
    cd /t || exit 125
    . /t/script
) >/dev/ttyS0 2>&1
status=$?
usleep 100000
# Those that /t/script started are not children of this shell.
killall seqlog 2>/dev/null
while pidof seqlog >/dev/null; do usleep 20000; done
dmesg -n 1
{
    echo '@@OUT'
    tar -C /out -cf - . | gzip -1 | base64
    echo '@@END'
    echo "@@STATUS $status"
} >/dev/ttyS1
sync
poweroff -f
