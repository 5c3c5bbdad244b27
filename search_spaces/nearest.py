"""A name that nobody knows: which known one was meant?"""

from __future__ import annotations

from difflib import get_close_matches


def nearest(name: str, known: list[str], what: str) -> str:
    """` Did you mean x? (knobs: ...)`, or without the guess where nothing is near."""
    close = [one for one in known if one in _short_forms(name)]
    close = close or get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f" Did you mean `{close[0]}`?" if close else ""
    return f"{guess} ({what}: {', '.join(sorted(known))})."


def _short_forms(name: str) -> list[str]:
    """`learning_rate` is `lr` to some; `adam_lr` holds it."""
    parts = [part for part in name.split("_") if part]
    return [*parts, "".join(part[0] for part in parts)]
