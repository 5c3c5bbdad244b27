"""Configurations that were not tried yet."""

from hypothesis import given
from hypothesis import strategies as st

from search_spaces.loading import load
from tune_jobs.search.unseen import distance, drawn_unseen, key_of, nearest_unseen

FINITE = [
    "search={lr: {choice: [1e-4, 1e-3], default: 1e-4}, skip: {choice: [true, false]}}",
    "search.levels={int: [2, 5], default: 4}",
]


def test_the_nearest_one_differs_least():
    space = load("seg_unet", [*FINITE, "fixed={width: 8}", "budget.trials=16"])
    wanted = {"lr": 1e-3, "levels": 4, "skip": True}
    found = nearest_unseen(space, {key_of(wanted)}, wanted)
    assert found in ({**wanted, "levels": 3}, {**wanted, "levels": 5})
    assert distance(space, found, wanted) == 1 / 3


def test_where_all_were_tried_there_is_none():
    space = load("seg_unet", [*FINITE, "fixed={width: 8}", "budget.trials=16"])
    everything = {key_of(one) for one in space.configurations()}
    assert nearest_unseen(space, everything, {"lr": 1e-3, "levels": 4, "skip": True}) is None


def test_a_knob_that_only_one_of_them_has_counts_as_a_choice_that_differs():
    space = load("seg_unet")
    one = space.default()
    other = {**one, "optimizer": "sgd", "momentum": 0.9}
    assert distance(space, one, other) == 2
    assert distance(space, one, one) == 0
    assert 0 < distance(space, one, {**one, "lr": 2e-4}) < 1


def test_a_drawn_one_is_known_to_nobody():
    space = load("seg_unet")
    known = {key_of(drawn_unseen(space, set(), seed)) for seed in range(5)}
    assert key_of(drawn_unseen(space, known, seed=0)) not in known


@given(st.integers(1, 4096), st.booleans())
def test_configurations_that_are_equal_have_one_key(size, skip):
    assert key_of({"batch_size": size, "skip": skip}) == key_of({"skip": skip, "batch_size": float(size)})
    assert key_of({"skip": skip}) != key_of({"skip": int(skip)})
