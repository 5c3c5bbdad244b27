"""Reading files that anybody may have put there: plain files only, never waiting for a writer, never more than is
sensible."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_MOST_BYTES = 50_000_000  # of a file that is read as a whole


def open_plain(path: Path) -> BinaryIO:
    """A file to read from.

    Raises:
        OSError: it is not there, may not be read, or is a pipe, a device or a folder.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for otherwise
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "no plain file", str(path))
        return os.fdopen(number, "rb")
    except OSError:
        os.close(number)
        raise


def read_plain(path: Path) -> bytes:
    """The content of a file.

    Raises:
        OSError: as above, or it is longer than any such file of ours.
    """
    with open_plain(path) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise OSError(errno.EFBIG, f"more than {_MOST_BYTES / 1e6:.0f} MB", str(path))
    return content


def size_or_none(path: Path) -> int | None:
    """Bytes of a file; None where there is none, or none that may be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return None
