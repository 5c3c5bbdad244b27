"""A made-up sweep in the middle of its run, for tests of what is shown meanwhile."""

from __future__ import annotations

from reports.records.record import EpochEnded, SweepStarted, TrialEnded, TrialStarted
from reports.records.state import SweepState, apply
from tests.reports.sweeps import SPEC


def a_state(finished: int, *, running: int = 1, time_limit: float | None = None) -> SweepState:
    """So many trials that were pruned after an epoch, each better than the one before it, and so many that run."""
    state, space = SweepState(), SPEC.space
    apply(state, SweepStarted(trials=24, slots=2, time_limit=time_limit))
    for number in range(finished + running):
        trial = f"{number:04d}"
        config = space.trial_config({**space.default(), "lr": 0.001234}, seed=0).model_dump(mode="json")
        apply(state, TrialStarted(trial=trial, config=config, node="n", slot=0))
        metrics = {space.objective.metric: 0.1 + number / 100}
        apply(state, EpochEnded(trial=trial, epoch=1, metrics=metrics, seconds={"train": 250}))
        if number < finished:
            apply(state, TrialEnded(trial=trial, reason="pruned"))
    return state
