"""Standard output and errors that last: no name, no terminal and no reader who leaves ends a sweep.

What the stream's encoding lacks (a name on an ASCII terminal, bytes that are no text) is written as an escape. Where
nobody reads any more (`| head -1`, a terminal that was closed, a full disk), the rest goes nowhere.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def make_streams_last() -> None:
    """Replace this process's own streams; those that a test or another program has put in their place stay."""
    _open_the_first_three()
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _lasting(sys.stdout, 1)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _lasting(sys.stderr, 2)


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """A text of any number of lines: what would steer a terminal, or turn its direction, is an escape."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def printable(text: str) -> str:
    """A text in one line: what would end it, or steer a terminal, is an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def _open_the_first_three() -> None:
    """A file that is opened where one of them is closed would take its number, and be written as if it were it."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # the system gives the lowest that is free
        os.set_inheritable(number, True)
    os.close(number)


def _lasting(stream: TextIO | None, number: int) -> TextIO:
    if stream is not None:
        stream.flush()
    encoding = "utf-8" if stream is None else stream.encoding
    buffer = io.BufferedWriter(_Lasting(number))
    return io.TextIOWrapper(buffer, encoding, errors="backslashreplace", line_buffering=True)


class _Lasting(io.RawIOBase):
    """A file descriptor that is written to for as long as somebody reads it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return os.write(self._number, data)
        except BlockingIOError:
            return None  # as io.RawIOBase asks for
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._number)
            os.close(nowhere)
            return memoryview(data).nbytes
