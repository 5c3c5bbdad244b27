"""What a shell may complete: names of sweeps, and spaces. A Tab waits for nothing: no heavy package, no network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

_HERE = Path(__file__).resolve().parents[2] / "search_spaces"
_ENDINGS = (".yaml", ".yml")


class _Context(Protocol):
    """Of typer's context, what is needed here."""

    params: dict[str, Any]


def sweep_names(ctx: _Context, incomplete: str) -> list[str]:
    """The sweeps of the storage that the command line so far names; none where it is at a URI."""
    storage = ctx.params.get("storage") or os.environ.get("CNN_TUNE_STORAGE") or "sweeps"
    if "://" in storage:
        return []
    try:
        folders = sorted(Path(storage).expanduser().iterdir())
        names = [folder.name for folder in folders if (folder / "sweep.json").is_file()]
    except (OSError, RuntimeError):  # there is none, or `~` is nobody's
        return []
    given = ctx.params.get("names") or ()
    return [name for name in names if name.startswith(incomplete) and name not in given]


def space_names(incomplete: str) -> list[str]:
    """The packaged spaces, and YAML files and folders where a path has begun or files of one's own lie here."""
    packaged = sorted(path.stem for path in _HERE.glob("*.yaml"))
    return [*(name for name in packaged if name.startswith(incomplete)), *_files(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    beginning, _, last = incomplete.rpartition("/")
    folder = Path(f"{beginning}/" if "/" in incomplete else ".").expanduser()
    try:
        found = sorted(folder.iterdir())
    except (OSError, RuntimeError):
        return
    for path in found:
        is_folder = path.is_dir() and "/" in incomplete  # packaged names come first where nothing is typed
        if path.name.startswith(last) and not path.name.startswith(".") and (is_folder or path.suffix in _ENDINGS):
            yield f"{incomplete.removesuffix(last) if last else incomplete}{path.name}{'/' if is_folder else ''}"
