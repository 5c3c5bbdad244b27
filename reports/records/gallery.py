"""The gallery: pictures of what the best trial predicts, and the index that says what they show.

Reads only; `tune_jobs` draws them when a sweep ends.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from reports.records.folder import SweepFolder
from reports.records.plain_files import read_plain


def read_index(folder: SweepFolder) -> dict[str, Any] | None:
    """What `gallery.json` says: task, classes and their colours, rows of pictures by file name, for a classification
    the confusion matrix; None where there is no gallery, or one that cannot be read."""
    try:
        index = json.loads(read_plain(folder.gallery_path / "gallery.json"))
    except (OSError, ValueError, RecursionError):
        return None
    return index if isinstance(index, dict) else None


def with_pictures(folder: SweepFolder, index: dict[str, Any]) -> dict[str, Any] | None:
    """The index with each picture as a data URI in place of its file's name, but for those that are missing; None where
    all are, or it is no index."""
    try:
        rows = [
            {**row, "pictures": {column: _picture(folder, name) for column, name in row["pictures"].items()}}
            for row in index["rows"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    for row in rows:
        row["pictures"] = {column: picture for column, picture in row["pictures"].items() if picture is not None}
    rows = [row for row in rows if row["pictures"]]
    return {**index, "rows": rows} if rows or not index["rows"] else None


def _picture(folder: SweepFolder, name: str) -> str | None:
    path = folder.gallery_path / Path(name).name
    if path.is_symlink() or not path.is_file():
        return None  # a link may lead to what nobody meant to show
    return f"data:image/png;base64,{base64.b64encode(read_plain(path)).decode()}"
