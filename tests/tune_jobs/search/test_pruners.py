"""Every pruner of the table keeps the same promises."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.records.record import SweepEnded
from search_spaces.budget import Budget
from search_spaces.strategies import PRUNERS as NAMES
from tests.tune_jobs.search.made_up import made_up_spec, run_made_up
from tests.tune_jobs.sweeps import TINY, finish, launch_words, nothing_lost
from tune_jobs.search.pruners import PRUNERS
from tune_jobs.search.scheduler import SweepScheduler

BUDGET = Budget(max_epochs=9, grace_epochs=1, reduction_factor=3)
every_pruner = pytest.mark.parametrize("name", list(PRUNERS))
heights = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=12)


def test_a_file_may_ask_for_every_pruner_and_for_no_other():
    assert set(PRUNERS) == set(NAMES)


@every_pruner
@given(values=heights)
def test_the_best_so_far_is_never_cut(name, values):
    pruner = PRUNERS[name](BUDGET, ["max"])
    for number, value in enumerate(values):
        cut = pruner.judge(f"{number}", 1, (value,))
        assert cut is None or value < max(values[: number + 1])


@every_pruner
@given(values=heights)
def test_a_cut_says_what_would_have_been_enough_and_among_how_many(name, values):
    pruner = PRUNERS[name](BUDGET, ["max"])
    for number, value in enumerate(values):
        cut = pruner.judge(f"{number}", 1, (value,))
        if cut:
            assert (cut.rung, cut.value, cut.seen) == (1, value, number + 1)
            assert cut.value < cut.cutoff


@every_pruner
@given(values=heights, last=st.floats(0, 1))
def test_one_that_was_replayed_judges_as_one_that_had_judged(name, values, last):
    old, new = PRUNERS[name](BUDGET, ["max"]), PRUNERS[name](BUDGET, ["max"])
    for number, value in enumerate(values):
        old.judge(f"{number}", 1, (value,))
        new.replay(f"{number}", {1: (value,)})
    assert old.judge("next", 1, (last,)) == new.judge("next", 1, (last,))


curves = st.lists(st.lists(st.floats(0, 1), min_size=9, max_size=9), min_size=2, max_size=10)


@every_pruner
@given(curves=curves, mode=st.sampled_from(["min", "max"]))
def test_whole_curves_are_replayed_as_they_were_judged(name, curves, mode):
    """The last curve is judged by a pruner that saw the others, and by one that was told of them after a resume."""
    old, new = PRUNERS[name](BUDGET, [mode]), PRUNERS[name](BUDGET, [mode])
    *earlier, last = [list(accumulate(curve, max if mode == "max" else min)) for curve in curves]
    for number, curve in enumerate(earlier):
        heard: dict[int, tuple[float]] = {}
        for epoch, value in enumerate(curve, start=1):
            heard[epoch] = (value,)
            if old.judge(f"{number}", epoch, (value,)):
                break
        new.replay(f"{number}", heard)
    for epoch, value in enumerate(last, start=1):
        assert old.judge("last", epoch, (value,)) == new.judge("last", epoch, (value,))


@every_pruner
@given(curve=st.lists(st.floats(0, 1), min_size=9, max_size=9), mode=st.sampled_from(["min", "max"]))
def test_nothing_is_cut_alone(name, curve, mode):
    pruner = PRUNERS[name](BUDGET, [mode])
    assert not any(pruner.judge("0", epoch, (value,)) for epoch, value in enumerate(curve, start=1))


@every_pruner
def test_a_trial_alone_goes_on_and_is_judged_once_an_epoch(name):
    pruner = PRUNERS[name](BUDGET, ["max"])
    assert pruner.judge("0", 1, (0.1,)) is None
    for number in range(1, 6):
        pruner.judge(f"{number}", 1, (0.5,))
    assert pruner.judge("late", 1, (0.1,)) is not None
    assert pruner.judge("late", 1, (0.1,)) is None


@every_pruner
def test_without_a_reduction_factor_nothing_is_pruned(name):
    pruner = PRUNERS[name](Budget(max_epochs=9, reduction_factor=None), ["max"])
    assert not any(pruner.judge(f"{n}", epoch, (1 / (n + 1),)) for n in range(20) for epoch in range(1, 10))


@every_pruner
def test_two_objectives_are_judged_by_their_pareto_front(name):
    pruner = PRUNERS[name](BUDGET, ["max", "min"])
    for number in range(6):
        pruner.judge(f"{number}", 1, (0.5 + 0.01 * number, 100.0 + number))
    assert pruner.judge("cheap", 1, (0.1, 1.0)) is None
    cut = pruner.judge("beaten", 1, (0.05, 200.0))
    assert cut is not None
    assert cut.value > cut.cutoff


@every_pruner
def test_a_sweep_ends_with_every_pruner_and_prunes_the_poor(name, tmp_path):
    scheduler = SweepScheduler(*made_up_spec(tmp_path, f"budget.pruner={name}"), trials=12, slots=2)
    run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    reasons = [trial.reason for trial in scheduler.state.trials.values()]
    assert len(reasons) == 12
    assert set(reasons) == {"completed", "pruned"}
    kept = [one.config["lr"] for one in scheduler.state.trials.values() if one.reason == "completed"][1:]
    cut = [one.config["lr"] for one in scheduler.state.trials.values() if one.reason == "pruned"]
    assert sum(kept) / len(kept) > sum(cut) / len(cut)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PRUNERS if name != "asha"])
def test_a_whole_sweep_ends_with_every_pruner_for_real(name, command, folder):
    finish(command(*launch_words("s", [*TINY, f"budget.pruner={name}", "budget.trials=8"])))
    nothing_lost(folder.state(), folder, requested=8)
    assert folder.spec().space.budget.pruner == name
    cuts = [trial.cut for trial in folder.state().trials.values() if trial.reason == "pruned"]
    assert all(cut and cut.value < cut.cutoff for cut in cuts)
