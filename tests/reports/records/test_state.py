"""The state that follows from a record's events."""

from __future__ import annotations

import pytest

from reports.records.record import EpochEnded, TrialEnded, TrialStarted
from reports.records.state import fold


def test_an_epoch_recorded_twice_counts_once_with_its_later_values():
    events = [EpochEnded(trial="0", epoch=1, metrics={"val_miou": value}, seconds={}) for value in (0.1, 0.2)]
    assert fold(events).trials["0"].values("val_miou") == {1: 0.2}


@pytest.mark.parametrize(("mode", "expected"), [("max", (2, 0.5)), ("min", (1, 0.1))])
def test_the_best_epoch_is_the_first_of_equals(mode, expected):
    values = [0.1, 0.5, 0.5, 0.1, None]
    events = [
        EpochEnded(trial="0", epoch=epoch, metrics={"val_miou": value}, seconds={})
        for epoch, value in enumerate(values, start=1)
    ]
    assert fold(events).trials["0"].best("val_miou", mode) == expected


def test_a_lone_failed_trial_is_never_the_best():
    events = [
        EpochEnded(trial="0", epoch=1, metrics={"val_miou": 0.9}, seconds={}),
        TrialEnded(trial="0", reason="failed", error="x"),
    ]
    assert fold(events).ranked("val_miou", "max") == []


def test_a_trial_that_starts_again_is_running_again():
    events = [
        TrialStarted(trial="0", config={}, node="n", slot=0),
        TrialEnded(trial="0", reason="interrupted"),
        TrialStarted(trial="0", config={}, node="n", slot=1),
    ]
    trial = fold(events).trials["0"]
    assert (trial.reason, trial.starts, trial.slot) == (None, 2, 1)
