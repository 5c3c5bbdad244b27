"""Samplers by name: what proposes configurations. A new one is one file beside this one and a row in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from reports.records.record import Reason
from reports.records.spec import SweepSpec
from reports.records.state import TrialState
from tune_jobs.search.optuna_study import random, tpe
from tune_jobs.search.quasi_random import quasi_random
from tune_jobs.search.wait import Wait


class Sampler(Protocol):
    """Proposes configurations, and hears how each trial goes. Trials are named 0000, 0001, ... in their order."""

    def ask(self, trial: str) -> dict[str, Any] | Wait | None:
        """A TrialConfig for a new trial, the default for the first one. None: there is no other configuration. WAIT:
        that depends on trials that still run."""

    def take_up(self, trial: TrialState) -> None:
        """Go on with a trial that an earlier driver left unfinished."""

    def report(self, trial: str, epoch: int, value: float) -> None:
        """Hear of one epoch's value of a running trial, by the first objective."""

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        """Hear how a running trial ended, with the value of each objective at its best epoch, and by how much it fails
        each constraint that it does not keep to."""


class SamplerFactory(Protocol):
    """Makes the sampler of a sweep.

    Args of a call: what the sweep is to do; where a study may be kept, derived from the record; the trials that earlier
    drivers started.
    """

    def __call__(self, spec: SweepSpec, journal: Path, earlier: Sequence[TrialState]) -> Sampler: ...


SAMPLERS: dict[str, SamplerFactory] = {
    "tpe": tpe,
    "random": random,
    "quasi-random": quasi_random,
}
