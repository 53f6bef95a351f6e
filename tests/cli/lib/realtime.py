"""What real-time functions call: the call graph of the built objects, from the functions that are marked
OD_REALTIME to what they reach outside the project. realtime.py ROOT OBJECT... prints what is not permitted,
a line each with the way to it; the exit status is 1 then."""
import glob
import os
import re
import subprocess
import sys

# Functions of libraries that a real-time thread may call: none of them takes memory, waits for another
# thread or reads a file. Descriptors that are written to were opened beforehand and never block.
PERMITTED = set('''
memcpy memmove memset memcmp __memcpy_chk __memmove_chk __memset_chk strlen
llrint lrint rint floor ceil fmin fmax fmod fma pow exp log log1p ldexp frexp trunc round lround llround
clock_gettime clock_nanosleep ppoll poll
sem_wait sem_trywait sem_clockwait sem_post
write send sendmsg __errno_location __stack_chk_fail
Pm_Write Pm_WriteShort Pm_WriteSysEx Pm_HasHostError
__popcountdi2 __udivmodti4 __udivti3 __divti3 __umodti3 __modti3 __multi3
'''.split())

# A call through a pointer is followed no further: only the player has any, of od_player_ops, and what the
# program puts there is marked itself.
POINTER = '(pointer)'
TABLES = '/lib/play/'

MARKED = re.compile(r'\bOD_REALTIME\b([^;{#]*?)\b([a-z][a-z0-9_]*)\s*\(')


def marked(root):
    """(name, file) of all functions whose prototype or definition is marked."""
    names = set()
    for path in glob.glob(root + '/lib/*/*.[ch]') + glob.glob(root + '/cmd/*/*.[ch]'):
        with open(path, encoding='utf-8') as file:
            text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
        text = re.sub(r'^\s*#.*$', '', text, flags=re.M)
        for match in MARKED.finditer(text):
            names.add((match.group(2), os.path.relpath(path, root)))
    return names


def calls(path):
    """function → names it calls or takes the address of, for one object."""
    dump = subprocess.run(['objdump', '-dr', '--no-show-raw-insn', path], check=True,
                          capture_output=True, text=True).stdout
    graph, current = {}, None
    for line in dump.splitlines():
        head = re.match(r'^[0-9a-f]+ <([^>]+)>:$', line)
        if head:
            current = graph.setdefault(base(head.group(1)), set())
            continue
        if current is None:
            continue
        if re.search(r'\t(call|jmp|blr|br)\s+(\*|x\d)', line) and 'notrack' not in line:
            current.add(POINTER)
        relocation = re.search(r'\bR_\w+\s+([A-Za-z_][\w.]*)', line)
        if relocation:
            current.add(base(relocation.group(1)))
        else:
            for name in re.findall(r'<([A-Za-z_][\w.]*)(?:\+0x[0-9a-f]+)?>', line):
                current.add(base(name))
    return graph


def base(name):
    """What a compiler split off or specialised belongs to the function it came from."""
    return re.sub(r'\.(part|isra|constprop|cold|lto_priv)(\.\d+)*', '', name).split('@')[0]


def defined(path):
    """The functions an object defines: name → True if others see it."""
    table = subprocess.run(['nm', path], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in table.splitlines():
        word = line.split()
        if len(word) == 3 and word[1] in 'tTwW':
            found[base(word[2])] = word[1] != 't' or found.get(base(word[2]), False)
    return found


class Program:
    def __init__(self, objects):
        self.graph, self.owner = {}, {}
        for path in objects:
            own = defined(path)
            for name, public in own.items():
                if public:
                    self.owner[name] = path
            self.graph[path] = (calls(path), own)

    def find(self, path, name):
        """Where a function that is called in an object lies; None if it is not ours."""
        return path if name in self.graph[path][1] else self.owner.get(name)

    def reached(self, start):
        """Names outside the project → the way there."""
        outside, seen = {}, set()
        todo = [(path, name, (name,)) for path, name in start]
        while todo:
            path, name, way = todo.pop(0)
            if (path, name) in seen:
                continue
            seen.add((path, name))
            for called in sorted(self.graph[path][0].get(name, ())):
                where = self.find(path, called)
                if called == POINTER and TABLES not in path:
                    outside.setdefault('a function that is not known', way)
                elif called == POINTER:
                    continue
                elif where is not None:
                    todo.append((where, called, way + (called,)))
                elif not called.startswith('.') and not is_data(called):
                    outside.setdefault(called, way + (called,))
        return outside, seen


DATA = {'_GLOBAL_OFFSET_TABLE_', 'stderr', 'stdout', 'stdin', 'environ'}


def is_data(name):
    return name in DATA or name.startswith(('__tls_', 'OD_')) or name in data_names


data_names = set()


def main(root, objects):
    for path in objects:
        table = subprocess.run(['nm', path], check=True, capture_output=True, text=True).stdout
        data_names.update(base(line.split()[-1]) for line in table.splitlines()
                          if line.split()[-2] in 'dDbBrRC')
    program = Program(objects)
    start = [(path, name) for name, file in sorted(marked(root)) for path in objects
             if name in program.graph[path][1] and
             (file.endswith('.h') or path.endswith('/' + file[:-2] + '.o'))]
    outside, seen = program.reached(start)
    bad = {name: way for name, way in outside.items() if name not in PERMITTED}
    for name in sorted(bad):
        print('%s: %s' % (name, ' > '.join(bad[name])))
    print('%d functions are marked, %d are reached, %d of libraries: %s' %
          (len(start), len(seen), len(outside), ' '.join(sorted(outside))), file=sys.stderr)
    return 1 if bad or not start else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
