"""Settings and durations as people read them in a terminal."""

from __future__ import annotations

from typing import Any


def short(value: Any) -> str:
    """A setting as it stands in a table: `0.00123`, `true`, `adam`, `null`."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else f"{value:z.3g}" if isinstance(value, float) else str(value)


def counted(number: int, noun: str) -> str:
    """`1 trial` or `2 trials`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def duration_range(low: float, high: float) -> str:
    """`40 to 70 s`, `12 to 18 min` or `2.1 to 3.4 h`; one number where both read the same."""
    unit, seconds, digits = ("s", 1, 0) if high < 90 else ("min", 60, 0) if high < 5400 else ("h", 3600, 1)
    first, last = f"{low / seconds:.{digits}f}", f"{high / seconds:.{digits}f}"
    return f"{last} {unit}" if first == last else f"{first} to {last} {unit}"


def valid(text: str) -> str:
    """A text that can be written as UTF-8: bytes of a file's name that are none are escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s` or `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
