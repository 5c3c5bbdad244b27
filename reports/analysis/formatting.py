"""How values read to people: numbers, shares, settings, durations, times. Plain text; a page escapes it."""

from __future__ import annotations

import json
import math
import time
from typing import Any

_MAX_NAMES = 8  # a sentence names no more of them


def number(value: float) -> str:
    """A number with as many digits as say something; nothing is no less than nothing (`z`)."""
    if value == 0 or not math.isfinite(value):
        return f"{value:zg}"
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:z.4f}" if 0.00005 <= abs(value) < 10 else f"{value:.4g}"


def number_or_dash(value: float | None) -> str:
    """The same where there may be none."""
    return "-" if value is None else number(value)


def percent(share: float) -> str:
    """A share from 0 to 1 in percent; below 10 % with two digits."""
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


def short(value: Any, *, digits: int = 4) -> str:
    """A setting in as few characters as say it; None is `null`, as in a search-space file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:z.{digits}g}" if isinstance(value, float) else str(value)


def in_a_word(value: Any) -> str:
    """A choice as its level is called, whole: `true`, `adam`, `[0.5, 0.75]`."""
    if isinstance(value, list | tuple):
        return json.dumps(list(value))
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def listed(names: list[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def lasted(seconds: float) -> str:
    """A duration in the unit that fits: seconds, minutes or hours."""
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def when(seconds: float) -> str:
    """A moment in seconds since 1970, as date and time of this machine."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
