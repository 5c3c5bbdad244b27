"""What the errors of two trials have in common: their words, without what differs from process to process. Pure."""

from __future__ import annotations

import re

_STEERING = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # colours and cursor movements of a terminal (ECMA-48, 5.4)
_DIFFERS = re.compile(
    r"0x[0-9a-fA-F]+"  # where an object lies
    r"|\b[0-9a-f]{16,}\b"  # ids of Ray's
    r"|\b(?:pid|ip|actor_id|node_id|worker_id|repr)=[^\s,)]+"
    r"|\b(?:pid|PID|process|thread) \d+"
)


def plain(text: str) -> str:
    """A text without what colours it in a terminal."""
    return _STEERING.sub("", text)


def cause_of(error: str, trial: str) -> str:
    """The first line of a trial's error, alike for all trials that ended by the same cause."""
    first = next(iter(plain(error).strip().splitlines()), "")
    named = re.sub(rf"(?<![\w.]){re.escape(trial)}(?![\w.])", "the trial", first)
    return _DIFFERS.sub("...", named)
