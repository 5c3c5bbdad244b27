"""Our rooms come before other packages of their names: a project may well have a `reports/` of its own on the path.

This is the one thing that happens when `tune_jobs` is imported, since Ray's workers import it before any other room.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

_ROOMS = ("cnnmodels", "search_spaces", "reports")
_HOME = Path(__file__).resolve().parent.parent


class _OwnRooms(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(fullname, [str(_HOME)]) if fullname in _ROOMS else None


def prefer_our_rooms() -> None:
    """Find our rooms beside this one, wherever others of their names stand on the path.

    Raises:
        ImportError: another one is loaded already.
    """
    for name in _ROOMS:
        loaded = getattr(sys.modules.get(name), "__path__", None)
        if loaded and (_HOME / name).is_dir() and not (_HOME / name).samefile(next(iter(loaded))):
            other = next(iter(loaded))
            raise ImportError(f"{name}: {other} is loaded under that name, and cnn-tune has its own; import it first")
    if not any(isinstance(finder, _OwnRooms) for finder in sys.meta_path):
        sys.meta_path.insert(0, _OwnRooms())
