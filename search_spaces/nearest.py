"""A name that nobody knows: which known one was meant?"""

from __future__ import annotations

from difflib import get_close_matches


def nearest(name: str, known: list[str], what: str) -> str:
    """` Did you mean x? (knobs: ...)`, or without the guess where nothing is near."""
    close = get_close_matches(name, known, n=1, cutoff=0.5) or [one for one in known if one in name.split("_")][:1]
    close = close or [one for one in known if one == "".join(part[0] for part in name.split("_") if part)]
    guess = f" Did you mean `{close[0]}`?" if close else ""
    return f"{guess} ({what}: {', '.join(sorted(known))})."
