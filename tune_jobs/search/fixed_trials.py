"""Trials that were decided beforehand, handed out in their order, where a search would ask a sampler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.records.record import Reason
from reports.records.spec import FixedTrial
from reports.records.state import TrialState


class FixedTrials:
    """A list of trials; nothing that they report changes what comes next."""

    def __init__(self, trials: Sequence[FixedTrial]) -> None:
        self._trials = trials

    def ask(self, trial: str) -> dict[str, Any] | None:
        """The configuration of the trial of that number, or None behind the last."""
        return self._trials[int(trial)].config if int(trial) < len(self._trials) else None

    def take_up(self, trial: TrialState) -> None:
        """The record has its configuration, so nothing is left to do."""

    def report(self, trial: str, epoch: int, value: float) -> None:
        """What a trial reports changes nothing here."""

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        """What a trial reports changes nothing here."""
