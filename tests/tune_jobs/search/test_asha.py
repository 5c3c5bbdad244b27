"""Which trials ASHA cuts, decided from values alone."""

from hypothesis import given
from hypothesis import strategies as st

from tune_jobs.search.asha import Asha


def judged(values, mode="max", factor=3):
    rungs = Asha([1], factor, [mode])
    return [rungs.judge(f"{number}", 1, (value,)) for number, value in enumerate(values)]


def test_nobody_is_cut_before_as_many_as_the_factor_have_arrived():
    assert judged([0.9, 0.1]) == [None, None]


def test_a_trial_outside_the_top_third_is_cut_and_the_cut_says_why():
    cut = judged([0.5, 0.6, 0.1])[-1]
    assert (cut.rung, cut.value, cut.cutoff, cut.seen) == (1, 0.1, 0.6, 3)


def test_a_trial_in_the_top_third_passes():
    assert judged([0.5, 0.4, 0.6])[-1] is None


def test_lower_is_better_where_the_mode_says_so():
    cuts = judged([0.5, 0.4, 0.6], mode="min")
    assert cuts[-1] is not None
    assert judged([0.5, 0.4, 0.3], mode="min")[-1] is None


def test_ties_are_kept():
    assert judged([0.5, 0.5, 0.5, 0.5]) == [None] * 4


def test_between_rungs_nobody_is_judged():
    rungs = Asha([1, 3], 3, ["max"])
    assert all(rungs.judge(f"{number}", 2, (0.1 * number,)) is None for number in range(9))


def test_a_trial_is_judged_once_a_rung_however_often_it_reports():
    rungs = Asha([1], 3, ["max"])
    for number, value in enumerate([0.5, 0.6]):
        rungs.judge(f"{number}", 1, (value,))
    assert rungs.judge("late", 1, (0.1,)) is not None
    assert rungs.judge("late", 1, (0.1,)) is None
    assert rungs.judge("next", 1, (0.2,)).seen == 4


def test_replayed_rungs_judge_as_the_old_ones_would_have():
    old, new = Asha([1, 3], 3, ["max"]), Asha([1, 3], 3, ["max"])
    curves = {
        f"{number}": {1: (value,), 2: (value,), 3: (value + 0.1,)} for number, value in enumerate([0.5, 0.7, 0.6])
    }
    for trial, curve in curves.items():
        for epoch in (1, 3):
            old.judge(trial, epoch, curve[epoch])
        new.replay(trial, curve)
    assert old.judge("next", 1, (0.3,)) == new.judge("next", 1, (0.3,))
    assert old.judge("next", 3, (0.95,)) == new.judge("next", 3, (0.95,))


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=60), factor=st.integers(2, 5))
def test_the_best_value_so_far_is_never_cut_and_a_cut_value_is_below_its_cutoff(values, factor):
    for number, cut in enumerate(judged(values, factor=factor)):
        if values[number] == max(values[: number + 1]):
            assert cut is None
        if cut is not None:
            assert cut.value == values[number] < cut.cutoff
            assert cut.seen == number + 1 >= factor


def test_with_two_objectives_whoever_no_other_dominates_passes():
    rungs = Asha([1], 3, ["max", "min"])  # mIoU up, parameters down
    points = {"large": (0.9, 100.0), "small": (0.3, 1.0), "middle": (0.6, 10.0), "beaten": (0.5, 20.0)}
    cuts = {name: rungs.judge(name, 1, point) for name, point in points.items()}
    assert [name for name, cut in cuts.items() if cut] == ["beaten"]
    assert (cuts["beaten"].value, cuts["beaten"].cutoff) == (2, 1)
