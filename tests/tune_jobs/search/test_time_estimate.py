"""The time left, from what has been seen."""

import pytest

from reports.records.record import Cut, EpochEnded, SweepStarted, TrialEnded, TrialStarted
from reports.records.state import SweepState, apply
from search_spaces.budget import Budget
from tests.reports.sweeps import DOCUMENT, spec_with
from tune_jobs.search.forecast import Forecast, forecast_rest
from tune_jobs.search.time_estimate import (
    AS_THE_DEFAULT,
    Passes,
    passes_of,
    seconds_left,
    seconds_of_a_trial,
    seconds_of_sweep,
    until_limit,
)

BUDGET = Budget(trials=24, max_epochs=9, grace_epochs=1, reduction_factor=3)


def sweep_after(
    epochs_by_trial: dict[str, int],
    *,
    finished: set[str],
    requested: int = 24,
    reason: str = "completed",
    cut_at: int | None = None,
    at_once: int = 2,
) -> SweepState:
    """Trials whose epochs took ten seconds each, so many of them at a time; cut at a rung, if so, but for the first."""
    state, trained = SweepState(), 0
    apply(state, SweepStarted(time=0, trials=requested, slots=2, time_limit=1000))
    for trial, epochs in epochs_by_trial.items():
        apply(state, TrialStarted(time=10 * trained / at_once, trial=trial, config={}, node="n", slot=0))
        for epoch in range(1, epochs + 1):
            trained += 1
            now, metrics = 10 * trained / at_once, {"val_miou": 0.1}
            apply(state, EpochEnded(time=now, trial=trial, epoch=epoch, metrics=metrics, seconds={"train": 10}))
        if trial in finished:
            cut = Cut(rung=cut_at, value=0, cutoff=1, seen=3) if cut_at and trial != "0000" else None
            ended = "pruned" if cut else reason
            apply(state, TrialEnded(time=10 * trained / at_once, trial=trial, reason=ended, cut=cut))
    return state


def test_before_the_first_epoch_nothing_is_known():
    assert seconds_left(sweep_after({"0000": 0}, finished=set()), BUDGET, slots=2) is None


def test_at_the_end_nothing_is_left():
    assert seconds_left(sweep_after({"0000": 9}, finished={"0000"}, requested=1), BUDGET, slots=2) == (0, 0)


def test_epochs_are_divided_by_how_many_were_trained_at_once_not_by_the_slots():
    trials = {f"{number:04d}": 9 for number in range(10)}
    epochs = forecast_rest(sweep_after(trials, finished=set(trials)), BUDGET)
    for at_once in (1, 2):
        left = seconds_left(sweep_after(trials, finished=set(trials), at_once=at_once), BUDGET, slots=2)
        assert left.low == pytest.approx(10 * epochs.low / at_once, rel=0.05)


def test_no_range_is_longer_than_the_trials_that_run_where_none_is_to_come():
    state = sweep_after({"0000": 9, "0001": 8}, finished={"0000"}, requested=2)
    assert seconds_left(state, BUDGET, slots=2) == pytest.approx((10, 10))


def test_a_sweep_takes_at_least_as_long_as_its_default():
    low, high = seconds_of_sweep(Forecast(9, 12, 15), seconds_of_an_epoch=10, slots=8, max_epochs=9)
    assert low == 90
    assert high > 90


@pytest.mark.parametrize(
    ("given", "fixed", "expected"),
    [
        (None, {}, AS_THE_DEFAULT),
        (None, {"augmentation_copies": 3}, AS_THE_DEFAULT),
        ({"choice": [1, 3]}, {}, Passes(1, 2, 3)),
        ({"choice": [1, 3], "default": 3}, {}, Passes(1 / 3, 2 / 3, 1)),
        ({"int": [1, 4], "default": 2}, {}, Passes(0.5, 1.25, 2)),
        ({"choice": [2, 6], "default": 2, "when": {"skip": True}}, {}, Passes(0.5, 1.5, 3)),
    ],
)
def test_the_epochs_of_other_configurations_take_as_many_passes_more(given, fixed, expected):
    search = {**DOCUMENT["space"]["search"], **({"augmentation_copies": given} if given else {})}
    assert passes_of(spec_with(search=search, fixed={"width": 16, **fixed}).space) == pytest.approx(expected)


def test_a_sweep_may_settle_on_the_fewest_passes_or_on_the_most():
    alike = seconds_of_sweep(Forecast(90, 120, 150), 10, slots=2, max_epochs=9)
    varied = seconds_of_sweep(Forecast(90, 120, 150), 10, slots=2, max_epochs=9, passes=Passes(1, 2, 3))
    assert (varied.low, varied.high) == (alike.low, pytest.approx(3 * alike.high))


def test_a_trial_may_take_as_many_passes_as_any_so_far():
    state = sweep_after({"0000": 2}, finished={"0000"})
    alone = seconds_of_a_trial(state, BUDGET)
    apply(state, TrialStarted(time=20, trial="0001", config={"augmentation_copies": 3}, node="n", slot=0))
    apply(state, EpochEnded(time=50, trial="0001", epoch=1, metrics={"val_miou": 0.1}, seconds={"train": 30}))
    assert seconds_of_a_trial(state, BUDGET) == pytest.approx(3 * alone)


def test_the_time_limit_of_the_driver_that_runs_counts_from_its_start():
    state = sweep_after({"0000": 1}, finished=set())
    assert until_limit(state, now=400) == 600
    assert until_limit(state, now=2000) == 0
    apply(state, SweepStarted(time=2000, trials=24, slots=2))
    assert until_limit(state, now=2001) is None
