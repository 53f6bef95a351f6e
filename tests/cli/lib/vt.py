"""A terminal of a test: a pty with a program on it, and what its screen shows.

The parser knows the sequences that the programs here are to use, and fails at any other: what it
does not know a real terminal may not know either."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    def __init__(self, columns, rows):
        self.scrolled = []  # lines that left at the top
        self.columns = columns
        self.rows = rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.saved = (0, 0)
        self.top, self.bottom = 0, rows - 1
        self.wraps = True
        self.waits_to_wrap = False
        self.cursor_shown = True
        self.pastes = False
        self.sgr = ""
        self.coloured = False  # any SGR but 0 was ever seen
        self.rest = b""

    def resize(self, columns, rows):
        """As tmux and xterm do: lines below the cursor go first, then those at the top."""
        while len(self.cells) > rows:
            if self.y < len(self.cells) - 1:
                self.cells.pop()
            else:
                self.scrolled.append("".join(self.cells.pop(0)).rstrip())
                self.y -= 1
        while len(self.cells) < rows:
            self.cells.append([" "] * columns)
        for i, row in enumerate(self.cells):
            self.cells[i] = (row + [" "] * columns)[:columns]
        self.columns, self.rows = columns, rows
        self.x = min(self.x, columns - 1)
        self.top, self.bottom = 0, rows - 1
        self.waits_to_wrap = False

    def scroll(self):
        line = self.cells.pop(self.top)
        if self.top == 0:
            self.scrolled.append("".join(line).rstrip())
        self.cells.insert(self.bottom, [" "] * self.columns)

    def line_feed(self):
        if self.y == self.bottom:
            self.scroll()
        elif self.y < self.rows - 1:
            self.y += 1

    def put(self, character):
        columns = width(character)
        if columns == 0:
            return
        if self.waits_to_wrap and self.wraps:
            self.x = 0
            self.line_feed()
        self.waits_to_wrap = False
        if self.x + columns > self.columns:
            if not self.wraps:
                return
            self.x = 0
            self.line_feed()
        self.cells[self.y][self.x] = character
        for i in range(1, columns):
            self.cells[self.y][self.x + i] = ""
        if self.x + columns >= self.columns:
            self.x = self.columns - 1
            self.waits_to_wrap = True
        else:
            self.x += columns

    def erase(self, y, start, end):
        for x in range(start, end):
            self.cells[y][x] = " "

    def control(self, private, numbers, final):
        n = numbers[0] if numbers and numbers[0] else 1
        if private == "?":
            on = final == "h"
            mode = numbers[0]
            if mode == 25:
                self.cursor_shown = on
            elif mode == 7:
                self.wraps = on
            elif mode == 2004:
                self.pastes = on
            else:
                raise ValueError(f"mode {mode}")
            return
        self.waits_to_wrap = False
        if final == "A":
            self.y = max(self.y - n, self.top if self.y >= self.top else 0)
        elif final == "B":
            self.y = min(self.y + n, self.bottom)
        elif final == "C":
            self.x = min(self.x + n, self.columns - 1)
        elif final == "H":
            column = numbers[1] if len(numbers) > 1 and numbers[1] else 1
            self.y = min(n, self.rows) - 1
            self.x = min(column, self.columns) - 1
        elif final == "J" and numbers in ([], [0]):
            self.erase(self.y, self.x, self.columns)
            for y in range(self.y + 1, self.rows):
                self.erase(y, 0, self.columns)
        elif final == "J" and numbers == [2]:
            for y in range(self.rows):
                self.erase(y, 0, self.columns)
        elif final == "K":
            self.erase(self.y, 0 if numbers == [2] else self.x, self.columns)
        elif final == "r":
            bottom = numbers[1] if len(numbers) > 1 else self.rows
            if n < bottom <= self.rows:
                self.top, self.bottom = n - 1, bottom - 1
                self.x = self.y = 0
        elif final == "m":
            self.sgr = ";".join(map(str, numbers))
            self.coloured = self.coloured or any(numbers)
        else:
            raise ValueError(f"sequence {private}{numbers}{final}")

    def feed(self, data):
        data = self.rest + data
        self.rest = b""
        while data:
            byte = data[:1]
            if byte == b"\x1b":
                match = re.match(rb"\x1b\[([?]?)([0-9;]*)([@-~])", data)
                if match:
                    private, numbers, final = (part.decode() for part in match.groups())
                    self.control(private, [int(x or 0) for x in numbers.split(";")] if numbers else [],
                                 final)
                    data = data[match.end():]
                elif data[:2] == b"\x1b7":
                    self.saved = (self.x, self.y)
                    data = data[2:]
                elif data[:2] == b"\x1b8":
                    self.x, self.y = self.saved
                    self.y = min(self.y, self.rows - 1)
                    self.waits_to_wrap = False
                    data = data[2:]
                elif len(data) < 16 and re.fullmatch(rb"\x1b(\[[?]?[0-9;]*)?", data):
                    self.rest = data
                    return
                else:
                    raise ValueError(f"escape {data[:16]!r}")
            elif byte == b"\n":
                self.waits_to_wrap = False
                self.line_feed()
                data = data[1:]
            elif byte == b"\r":
                self.waits_to_wrap = False
                self.x = 0
                data = data[1:]
            elif byte == b"\b":
                self.x = max(0, self.x - 1)
                data = data[1:]
            elif byte == b"\t":
                self.x = min(self.columns - 1, self.x // 8 * 8 + 8)
                data = data[1:]
            elif byte == b"\a":
                data = data[1:]
            elif byte[0] < 0x20 or byte[0] == 0x7f:
                raise ValueError(f"control {data[:16]!r}")
            else:
                length = 1 if byte[0] < 0x80 else 2 if byte[0] < 0xe0 else 3 if byte[0] < 0xf0 else 4
                if len(data) < length:
                    self.rest = data
                    return
                self.put(data[:length].decode())
                data = data[length:]

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def everything(self):
        """All lines there ever were, the screen's last."""
        return self.scrolled + self.lines()


class Terminal:
    """A program on a terminal of its own, as its session leader."""

    def __init__(self, command, columns=80, rows=24, env=None, redirect=None):
        self.screen = Screen(columns, rows)
        self.sent = 0  # bytes that came from the program
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})}
        environment = {k: v for k, v in environment.items() if v is not None}
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            for fd, path in (redirect or {}).items():
                opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                os.dup2(opened, fd)
            os.execvpe(command[0], command, environment)
        self.set_size(columns, rows)
        self.status = None

    def set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.read(0.1)
        self.screen.resize(columns, rows)
        self.set_size(columns, rows)

    def read(self, seconds):
        """Takes what comes within that time; False if the terminal was closed."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if not select.select([self.master], [], [], max(0, left))[0]:
                return True
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.sent += len(data)
            self.screen.feed(data)

    def type(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def wait_for(self, pattern, seconds=10, everything=False):
        """True as soon as the screen matches."""
        end = time.monotonic() + seconds
        while True:
            text = "\n".join(self.screen.everything()) if everything else self.screen.text()
            if re.search(pattern, text, re.M):
                return True
            if time.monotonic() >= end or not self.read(0.02):
                text = "\n".join(self.screen.everything()) if everything else self.screen.text()
                return re.search(pattern, text, re.M) is not None

    def attributes(self):
        return termios.tcgetattr(self.master)

    def kill(self, number):
        os.kill(self.pid, number)

    def end(self, seconds=10):
        """Waits for the end of the program; its exit status, −signal, or None."""
        end = time.monotonic() + seconds
        while self.status is None and time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            else:
                self.read(0.02)
        self.read(0.1)
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()
        os.close(self.master)
