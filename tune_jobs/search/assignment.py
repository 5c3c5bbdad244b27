"""What a worker is told to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Assignment:
    """One trial, or another try at it."""

    trial: str
    config: dict[str, Any]  # a TrialConfig
    gpus: float = 0.0  # the trial's share
