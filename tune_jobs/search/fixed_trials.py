"""Plan: trials that were decided beforehand, handed out in their order. Stands where OptunaStudy stand in a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.records.record import Reason
from reports.records.spec import FixedTrial
from reports.records.state import TrialState


class FixedTrials:
    """A list of trials; nothing that they report changes what comes next."""

    def __init__(self, trials: Sequence[FixedTrial]) -> None:
        self._trials = trials

    def next(self, trial: str) -> dict[str, Any] | None:
        """The configuration of the trial of that number, or None behind the last."""
        return self._trials[int(trial)].config if int(trial) < len(self._trials) else None

    def take_up(self, trial: TrialState) -> None:
        """Its configuration is in the record."""

    def report(self, trial: str, epoch: int, value: float) -> None:
        """Nobody asks."""

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None) -> None:
        """Nobody asks."""
