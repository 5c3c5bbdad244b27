"""What a space file says of its images, and what is no longer true where a sweep is of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def images_of(document: Mapping[str, Any]) -> tuple[Any, Any]:
    """Which images a file is of: a folder, or else a generated set."""
    data = document.get("data")
    if not isinstance(data, Mapping):
        return None, None
    return data.get("path"), None if data.get("path") else data.get("name")


def for_other_images(document: Mapping[str, Any]) -> dict[str, Any]:
    """The file without what it says of its own images: a neutral heading, and of the published results those alone that
    name the set they are of, which stand where that set is recognised (SweepSpec.published)."""
    found = dict(document)
    if found.get("description"):
        found["description"] = f"{found.get('model')} for {found.get('task')}"
    if isinstance(found.get("reference"), list):
        found["reference"] = [row for row in found["reference"] if not isinstance(row, Mapping) or row.get("images")]
    return found
