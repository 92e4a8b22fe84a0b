"""A terminal for tests: a process on a pty, and the page that a person would see, kept as a grid of characters."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

from harness import clean_environment

_SEQUENCE = re.compile(rb"\x1b\[([?0-9;]*)([A-Za-z])")


def _width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Page:
    """What the sequences that our programs use do to a terminal. Any other sequence is an error."""

    def __init__(self, columns, rows):
        self.unknown = []
        self.alternate = False
        self.cursor_shown = True
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self._clear()

    def _clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def lines(self):
        return ["".join(line).rstrip() for line in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def feed(self, data):
        """Gives what is left of an unfinished sequence or character."""
        at = 0
        while at < len(data):
            if data[at] == 0x1B:
                match = _SEQUENCE.match(data, at)
                if not match:
                    if len(data) - at < 16:
                        return data[at:]
                    self.unknown.append(data[at : at + 16])
                    at += 1
                    continue
                self._sequence(match.group(1).decode(), match.group(2).decode())
                at = match.end()
                continue
            length = 1 if data[at] < 0x80 else 2 if data[at] < 0xE0 else 3 if data[at] < 0xF0 else 4
            if at + length > len(data):
                return data[at:]
            self._character(data[at : at + length].decode())
            at += length
        return b""

    def _sequence(self, parameters, command):
        numbers = [int(number) if number else 0 for number in parameters.lstrip("?").split(";")]
        if command in "hl" and parameters == "?1049":
            self.alternate = command == "h"
            self._clear()
        elif command in "hl" and parameters == "?25":
            self.cursor_shown = command == "h"
        elif command == "H":
            self.row = max(numbers[0], 1) - 1
            self.column = (numbers[1] if len(numbers) > 1 else 1) - 1
        elif command == "K" and numbers[0] == 0:
            self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)
        elif command == "J" and numbers[0] == 2:
            row, column = self.row, self.column
            self._clear()
            self.row, self.column = row, column
        elif command != "m":
            self.unknown.append((parameters, command))

    def _character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character < " ":
            self.unknown.append(character)
        else:
            width = _width(character)
            if width == 0:
                return
            if self.column + width > self.columns:
                self.unknown.append(f"wrapped at {character!r}")
                return
            self.cells[self.row][self.column] = character
            for extra in range(1, width):
                self.cells[self.row][self.column + extra] = ""
            self.column += width


class Terminal:
    """A command on a pty of its own."""

    def __init__(self, args, columns=80, rows=24, env=None):
        self.page = Page(columns, rows)
        self.output = b""
        self._rest = b""
        self._master, slave = os.openpty()
        self._set_size(columns, rows)
        self.settings_before = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [str(arg) for arg in args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean_environment({"TERM": "xterm-256color", **(env or {})}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """As a window that is dragged: the kernel tells the process by SIGWINCH."""
        self.page.resize(columns, rows)
        self._set_size(columns, rows)

    def press(self, keys):
        os.write(self._master, keys)

    def signal(self, number):
        self.process.send_signal(number)

    def settings(self):
        return termios.tcgetattr(self._slave)

    def read(self, seconds=0.05):
        """Takes in what the process writes within so long."""
        if select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            self.output += data
            self._rest = self.page.feed(self._rest + data)

    def wait_for(self, condition, timeout=30, what="the page"):
        end = time.monotonic() + timeout
        while True:
            value = condition(self.page)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {timeout} s; the page is:\n{self.page.text()}")
            self.read()

    def wait(self, timeout=30):
        """Reads to the end; gives the exit code."""
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still running after {timeout} s; the page is:\n{self.page.text()}")
            self.read()
        while select.select([self._master], [], [], 0)[0]:
            before = len(self.output)
            self.read(0)
            if len(self.output) == before:
                break
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)
