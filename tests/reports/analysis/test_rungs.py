"""Who was cut, and whether one of them might have won."""

import numpy as np
import pytest

from reports.analysis.rungs import doubt, rung_table
from reports.records.record import Cut, EpochEnded, TrialEnded, TrialStarted
from reports.records.state import fold
from search_spaces.schema import Objective
from tune_jobs.search.asha import Asha

MIOU = Objective(metric="val_miou", mode="max")


def state_of(curves, cuts=None):
    """Trials with these values; `cuts` are cut after their last epoch against that value."""
    events, clock = [], 0.0
    for name, values in curves.items():
        events.append(TrialStarted(time=clock, trial=name, config={"epochs": 3}, node="n", slot=0))
        for epoch, value in enumerate(values, start=1):
            clock += 1
            events.append(EpochEnded(time=clock, trial=name, epoch=epoch, metrics={"val_miou": value}, seconds={}))
        cutoff = (cuts or {}).get(name)
        cut = Cut(rung=len(values), value=max(values), cutoff=cutoff, seen=3) if cutoff is not None else None
        events.append(TrialEnded(time=clock, trial=name, reason="pruned" if cut else "completed", cut=cut))
    return fold(events)


def test_each_rung_lists_who_came_in_their_order_and_the_cutoff_of_those_cut():
    state = state_of({"a": [0.5, 0.6, 0.7], "b": [0.1], "c": [0.6, 0.5, 0.4]}, {"b": 0.5})
    rows = rung_table(state, MIOU).to_dict("records")
    assert [(row["trial"], row["order"], row["cut"]) for row in rows] == [
        ("a", 1, False),
        ("b", 2, True),
        ("c", 3, False),
    ]
    assert rows[1]["cutoff"] == 0.5
    assert rung_table(state_of({"a": [0.5]}), MIOU).empty


def test_the_value_at_a_rung_is_the_best_until_then():
    state = state_of({"a": [0.6, 0.5, 0.7], "b": [0.1, 0.1]}, {"b": 0.6})
    assert rung_table(state, MIOU)["value"].tolist() == [0.6, 0.1]


def test_a_trial_that_was_cut_just_below_might_have_won_by_the_gain_of_a_kept_one():
    kept = {"a": [0.50, 0.5, 0.60], "c": [0.55, 0.6, 0.90]}  # gained 0.10 and 0.35 after the first epoch
    might = doubt(state_of({**kept, "b": [0.58]}, {"b": 0.59}), MIOU)
    assert (might.cut, might.kept, might.likeliest) == (1, 2, "b")
    assert might.chance == might.expected == pytest.approx(0.5)  # 0.58 + 0.35 > 0.90, 0.58 + 0.10 is not


def test_a_trial_cut_far_below_could_not_have_won():
    might = doubt(state_of({"a": [0.5, 0.5, 0.6], "b": [0.1]}, {"b": 0.5}), MIOU)
    assert (might.expected, might.likeliest) == (0.0, None)


def test_without_cuts_or_without_anybody_kept_there_is_no_doubt_to_tell():
    assert doubt(state_of({"a": [0.5, 0.6]}), MIOU) is None
    assert doubt(state_of({"b": [0.1]}, {"b": 0.5}), MIOU) is None


def a_sweep_with_slow_starters(seed: int, trials: int = 80):
    """Its state, and how many of those that were cut would have become the best: one in five begins low and ends high.
    One in eight is never cut, so that a bound has something to go by."""
    rng, rung = np.random.default_rng(seed), Asha([1], 3, ["max"])
    curves, cuts, ends = {}, {}, {}
    for number in range(trials):
        name, height, slow = f"{number:04d}", rng.normal(0, 1), rng.random() < 0.2
        first, end = height - 1.5 * slow + rng.normal(0, 0.3), height + slow + rng.normal(0, 0.3)
        cut = rung.judge(name, 1, (first,))
        ends[name] = end
        if cut and number % 8:
            curves[name], cuts[name] = [first], cut.cutoff
        else:
            curves[name] = [first, max(first, end)]
    best = max(values[-1] for name, values in curves.items() if name not in cuts)
    return state_of(curves, cuts), sum(ends[name] > best for name in cuts)


def test_the_upper_bound_holds_also_where_trials_begin_slowly():
    said, true = [], []
    for seed in range(60):
        state, would_have_won = a_sweep_with_slow_starters(seed)
        said.append(doubt(state, MIOU))
        true.append(would_have_won)
    assert sum(one.most >= truth for one, truth in zip(said, true, strict=True)) >= 0.9 * len(true)


def test_with_few_let_through_there_is_no_bound():
    might = doubt(state_of({"a": [0.50, 0.5, 0.60], "c": [0.60, 0.6, 0.90], "b": [0.58]}, {"b": 0.59}), MIOU)
    assert (might.let_through, might.won, might.most) == (1, 0, None)
