"""The state that follows from a record's events."""

from __future__ import annotations

import pytest

from reports.records.record import (
    Cut,
    EpochEnded,
    Note,
    SweepEnded,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    WinnerConfirmed,
)
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


def test_a_resume_takes_the_end_back_and_says_how_many_trials_are_asked_for_now():
    started = SweepStarted(trials=3, slots=1)
    state = fold([started, SweepEnded(reason="interrupted")])
    assert (state.end.reason, state.trials_requested) == ("interrupted", 3)
    state = fold([started, SweepEnded(reason="interrupted"), SweepStarted(trials=9, slots=1, resumed=True)])
    assert (state.end, state.trials_requested) == (None, 9)


def test_an_interrupted_trial_is_not_finished_and_a_pruned_one_is():
    cut = Cut(rung=1, value=0.1, cutoff=0.2, seen=3)
    events = [
        TrialStarted(time=5, trial="0", config={}, node="n", slot=0),
        TrialEnded(trial="0", reason="pruned", cut=cut),
        TrialStarted(time=6, trial="1", config={}, node="n", slot=0),
        TrialEnded(trial="1", reason="interrupted"),
    ]
    state = fold(events)
    assert [trial.trial for trial in state.finished] == ["0"]
    assert state.trials["0"].cut == cut


def test_trials_are_ranked_by_their_best_epoch_and_equals_by_their_name():
    values = {"0": [0.1, 0.4], "1": [0.9, 0.2], "2": [0.4, 0.1], "3": [None]}
    events = [
        EpochEnded(trial=trial, epoch=epoch, metrics={"m": value}, seconds={})
        for trial, of_trial in values.items()
        for epoch, value in enumerate(of_trial, start=1)
    ]
    assert [trial.trial for trial in fold(events).ranked("m", "max")] == ["1", "0", "2"]
    assert [trial.trial for trial in fold(events).ranked("m", "min")] == ["0", "2", "1"]


def test_points_are_of_the_epochs_in_which_all_metrics_are_finite():
    metrics = [{"a": 0.1, "b": 1.0}, {"a": None, "b": 2.0}, {"a": 0.3}]
    events = [EpochEnded(trial="0", epoch=n, metrics=one, seconds={}) for n, one in enumerate(metrics, start=1)]
    assert fold(events).trials["0"].points(["a", "b"]) == {1: (0.1, 1.0)}


def test_epochs_come_in_the_order_of_the_record_and_a_replayed_one_once():
    events = [EpochEnded(time=at, trial=trial, epoch=epoch, metrics={}, seconds={}) for at, trial, epoch in _ORDER]
    assert [(event.trial, event.epoch) for event in fold(events).epochs_in_order()] == [("0", 1), ("1", 1), ("0", 2)]


_ORDER = [(10, "0", 1), (5, "1", 1), (20, "0", 2), (30, "0", 1)]  # the clock jumped back, the first was replayed


def test_notes_are_kept_and_belong_to_no_trial_that_must_exist():
    state = fold([Note(text="a worker was lost", trial="0007")])
    assert [note.text for note in state.notes] == ["a worker was lost"]
    assert state.trials == {}


def test_the_time_between_two_drivers_is_no_time_that_it_ran():
    one = [
        SweepStarted(time=100, trials=3, slots=1),
        EpochEnded(time=130, trial="0", epoch=1, metrics={}, seconds={}),
    ]
    assert fold(one).ran_seconds == 30, "of one that runs, or was killed"
    resumed = [
        *one,
        Note(time=5000, text="the range is wider"),
        SweepStarted(time=5001, trials=3, slots=1, resumed=True),
        SweepEnded(time=5021, reason="completed"),
    ]
    assert fold(resumed).ran_seconds == 50
    confirmed = {"trial": "0", "by": "c", "mean": 1, "low": 0, "high": 2, "runs": 2, "probability": 1, "decided": True}
    assert fold([*resumed, WinnerConfirmed(time=9000, **confirmed)]).ran_seconds == 50
    assert fold([]).ran_seconds == 0


def test_a_clock_that_went_back_takes_no_time_away():
    events = [SweepStarted(time=100, trials=3, slots=1), SweepEnded(time=40, reason="completed")]
    assert fold(events).ran_seconds == 0
