"""A small disk of its own, for tests of what a full one does."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def disk_of(size: str, mounted: Path) -> Iterator[Path]:
    """A disk in memory of a size as mount takes it, such as `60m`, while the block runs."""
    mounted.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(mounted)], capture_output=True)
    if done.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)
