"""Hosts of a test's own: network namespaces on one bridge, behind a user namespace. No packet leaves."""

import atexit
import os
import shutil
import subprocess
import sys
import time


def enter():
    """Goes on within a namespace where networks may be made; says so in TAP and ends where that is not possible."""
    if os.environ.get('OIDUNA_NETNS') == '1':
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        return
    # A veth pair is what is needed; a user namespace alone may be had without.
    tried = None
    if shutil.which('unshare') and shutil.which('nsenter') and shutil.which('ip'):
        tried = subprocess.run(['unshare', '-Urn', 'sh', '-c', 'ip link add va0 type veth peer name vb0 && '
                                'ip link add vc0 type bridge'], capture_output=True, text=True, check=False)
    if tried is None or tried.returncode != 0:
        why = 'no unshare, nsenter or ip' if tried is None else tried.stderr.strip().split('\n')[0]
        print('1..0 # SKIP network namespaces cannot be made here: ' + why)
        sys.exit(0)
    os.environ['OIDUNA_NETNS'] = '1'
    os.execvp('unshare', ['unshare', '-Urn', sys.executable, '-B'] + sys.argv)


def ip(*words):
    subprocess.run(['ip'] + list(words), check=True)


class Host:
    """A namespace of its own with one interface on the bridge, and a default route by it."""

    def __init__(self, number):
        self.address = '10.77.0.%d' % number
        self.link = 'veth%d' % number
        # It must not hold what the test's reader waits for.
        self.holder = subprocess.Popen(['unshare', '-n', 'sleep', '1800'], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.close)
        mine = os.readlink('/proc/self/ns/net')
        while os.readlink('/proc/%d/ns/net' % self.holder.pid) == mine:
            time.sleep(0.005)
        ip('link', 'add', self.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', str(self.holder.pid))
        ip('link', 'set', self.link, 'master', 'stage')
        ip('link', 'set', self.link, 'up')
        for words in ('link set lo up', 'addr add %s/24 dev eth0' % self.address, 'link set eth0 up',
                      'route add default dev eth0'):
            subprocess.run(self.inside('ip', *words.split()), check=True)

    def inside(self, *words):
        """The words of a command that runs there."""
        return ['nsenter', '-t', str(self.holder.pid), '-n', '--'] + list(words)

    def cut(self, off=True):
        """Pulls its cable, or puts it back."""
        ip('link', 'set', self.link, 'down' if off else 'up')

    def close(self):
        self.holder.kill()
        self.holder.wait()


def stage(n):
    """n hosts, and a bridge between them that is 10.77.0.254 here."""
    ip('link', 'add', 'stage', 'type', 'bridge', 'forward_delay', '0')
    ip('addr', 'add', '10.77.0.254/24', 'dev', 'stage')
    ip('link', 'set', 'stage', 'up')
    ip('route', 'add', 'default', 'dev', 'stage')
    return [Host(i + 1) for i in range(n)]
