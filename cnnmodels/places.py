"""Folders of the user who runs this: the home, and the cache of decoded images."""

from __future__ import annotations

import os
from pathlib import Path

from cnnmodels.errors import DataError


def expanded(path: str | Path) -> Path:
    """A path whose `~` is the home folder; as it is where there is no such home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def default_cache() -> Path:
    """Where decoded images are kept: `$CNN_TUNE_CACHE`, or a folder of the user's cache.

    Raises:
        DataError: nothing says where this user's files are.
    """
    named = os.environ.get("CNN_TUNE_CACHE")
    if named:
        return expanded(named)
    try:
        return Path.home() / ".cache" / "cnn-tune"
    except RuntimeError:
        raise DataError(
            "CNN_TUNE_CACHE: set it to a folder for decoded images, since this user has no home (HOME is not set)"
        ) from None
