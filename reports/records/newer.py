"""What a newer version has written: known by its format number, read as far as it is understood.

Whoever changes what stands in `sweep.json` or `record.jsonl` so that an older version would refuse it, raises FORMAT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

FORMAT = 1  # of `sweep.json` and of the record
Place = tuple[int | str, ...]


def is_newer(document: Any) -> bool:
    """Whether an object of JSON says that it has a format which this version does not know."""
    found = document.get("format") if isinstance(document, dict) else None
    return isinstance(found, int) and not isinstance(found, bool) and found > FORMAT


def without_unknown(document: dict[str, Any], error: ValidationError, *, below: int = 0) -> bool:
    """Take the keys out of a document that pydantic does not know; whether there were any.

    Where something may be of several kinds, pydantic complains of each of them, and puts its name into the path: a key
    is unknown where all of them refuse it.

    Args:
        document: what was refused.
        error: says why.
        below: how many parts of the error's paths stand before those of the document.
    """
    kinds, refusing = defaultdict(set), defaultdict(set)
    for one in error.errors():
        *parts, key = one["loc"][below:] or ("",)
        place, kind = _place_in(document, parts)
        kinds[place].add(kind)
        if one["type"] == "extra_forbidden":
            refusing[place, key].add(kind)
    unknown = [(place, key) for (place, key), by in refusing.items() if by == kinds[place]]
    for place, key in unknown:
        del _at(document, place)[key]
    return bool(unknown)


def _place_in(document: Any, parts: Sequence[int | str]) -> tuple[Place, Place]:
    """The parts of a path that are of the document, and those that are names of kinds."""
    place: list[int | str] = []
    kind: list[int | str] = []
    for part in parts:
        below = _below(document, part)
        (kind if below is None else place).append(part)
        document = document if below is None else below
    return tuple(place), tuple(kind)


def _at(document: Any, place: Place) -> Any:
    for part in place:
        document = document[part]
    return document


def _below(document: Any, part: int | str) -> Any:
    if isinstance(document, list):
        return document[part] if isinstance(part, int) and part < len(document) else None
    return document.get(part) if isinstance(document, dict) else None


def newer_in_words(found: int | None) -> str | None:
    """What people are told of a format; None where this version knows it."""
    return None if found is None or found <= FORMAT else f"written by a newer cnn-tune (format {found})"
