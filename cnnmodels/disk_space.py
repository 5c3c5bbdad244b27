"""How much of a disk may be written, and numbers of bytes in words."""

from __future__ import annotations

import shutil
from pathlib import Path

_RESERVE_BYTES = 500_000_000
_RESERVE_SHARE = 0.05  # A small disk keeps this part of itself in reserve instead.


def reserve_bytes(total: int) -> float:
    """The free space below which nothing large is begun, so that what has to be written at an end still fits."""
    return min(_RESERVE_BYTES, _RESERVE_SHARE * total)


def refuse_full(place: Path, needed_bytes: float) -> str | None:
    """Why what needs so much space should not begin, in words; None if it fits."""
    where = next(path for path in (place.absolute(), *place.absolute().parents) if path.exists())
    usage = shutil.disk_usage(where)
    free = usage.free - reserve_bytes(usage.total)
    if needed_bytes <= free or not usage.total:  # A disk of no size cannot be written, and says so when it is tried.
        return None
    return f"{place}: needs about {size(needed_bytes)}, {size(max(0.0, free))} free"


def size(count: float) -> str:
    """A number of bytes in the unit that fits it."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
