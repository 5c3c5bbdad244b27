"""Addresses in a space file: `~` is the home, and a relative path is one from the file's own folder, or from here.

They are made absolute when the file is read, so that whoever resumes, reports or evaluates later may be anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnmodels.places import expanded

_FILE_KNOB = "backbone"  # the one knob whose value may be a file
_WEIGHTS = {".pt", ".pth"}


def with_absolute_paths(document: Mapping[str, Any], *folders: Path) -> dict[str, Any]:
    """The content of a space file with the paths in it absolute.

    Args:
        document: as it was read.
        folders: what relative paths are relative to; the first in which there is such a file counts, else the last.
    """
    found = dict(document)
    data = document.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("path"), str):
        found["data"] = {**data, "path": _absolute(data["path"], folders)}
    for part in ("fixed", "search"):
        if isinstance(document.get(part), Mapping) and _FILE_KNOB in document[part]:
            found[part] = {**document[part], _FILE_KNOB: _weights(document[part][_FILE_KNOB], folders)}
    if isinstance(document.get("named"), Mapping):
        found["named"] = {name: _named(values, folders) for name, values in document["named"].items()}
    return found


def _named(values: Any, folders: tuple[Path, ...]) -> Any:
    if not isinstance(values, Mapping) or _FILE_KNOB not in values:
        return values
    return {**values, _FILE_KNOB: _weights(values[_FILE_KNOB], folders)}


def _weights(given: Any, folders: tuple[Path, ...]) -> Any:
    """Files of weights among the values of a knob, or of its choice and default; names of weights stay."""
    if isinstance(given, Mapping):
        return {key: _weights(value, folders) for key, value in given.items()}
    if isinstance(given, list):
        return [_weights(one, folders) for one in given]
    is_file = isinstance(given, str) and not given.startswith("sweep:") and Path(given).suffix.lower() in _WEIGHTS
    return _absolute(given, folders) if is_file else given


def _absolute(path: str, folders: tuple[Path, ...]) -> str:
    wanted = expanded(path)
    places = [folder / wanted for folder in folders]  # all the same where it is absolute already
    return str(next((place for place in places if place.exists()), places[-1]).absolute())
