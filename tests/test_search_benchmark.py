"""The pieces that `benchmarks/search.py` is made of, over made-up curves."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from benchmarks.replay.clock import Job, Seen, replay
from benchmarks.replay.mixture import density
from benchmarks.replay.spaces import EPOCHS, TASKS
from benchmarks.replay.strategies import STRATEGIES
from benchmarks.replay.table import CurveTable, Untried
from benchmarks.replay.winners import best_epoch, interval, last_epochs, regret, run_again
from benchmarks.search import regrets_of
from tune_jobs.search.around import around, evenly
from tune_jobs.search.unseen import distance


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Twelve configurations; a learning rate near the default is better, and the last one diverges at once."""
    space = TASKS["camvid"].space(tmp_path_factory.mktemp("images"))
    rng = np.random.default_rng(0)
    configurations = [space.default(), *(evenly(space, rng) for _ in range(11))]
    heights = [0.5 - abs(math.log(one["lr"] / 4e-3)) / 10 for one in configurations]
    curves = [[[height * epoch / EPOCHS for epoch in range(1, EPOCHS + 1)]] * 2 for height in heights]
    curves[-1] = [[], []]
    return CurveTable(space, configurations, curves, [[1.0 + place, 1.0 + place] for place in range(12)])


def test_the_nearest_configuration_is_the_one_that_a_finite_space_would_take(table):
    rng = np.random.default_rng(1)
    for _ in range(20):
        wanted = evenly(table.space, rng)
        apart = [distance(table.space, one, wanted) for one in table.configurations]
        assert apart[Untried(table).take_nearest(wanted)] == pytest.approx(min(apart))


def test_a_configuration_is_taken_once(table):
    untried = Untried(table)
    taken = [untried.take_nearest(table.space.default()) for _ in range(12)]
    assert taken[0] == 0
    assert sorted(taken) == list(range(12))
    assert untried.is_empty()
    assert untried.take_nearest(table.space.default()) is None


class Listed:
    """Tries configurations in their order, each for two epochs."""

    def __init__(self, configurations):
        self._left = list(configurations)

    def next(self):
        place = self._left.pop(0) if self._left else None
        return None if place is None else Job(str(place), place)

    def hear(self, job, epoch, value):
        return epoch == 2


def test_epochs_end_in_the_order_of_virtual_time(table):
    history = replay(Listed([2, 0, 1]), table, [0] * 12, workers=2, epochs=99)
    assert [(seen.configuration, seen.epoch, seen.time) for seen in history] == [
        (0, 1, 1.0),
        (0, 2, 2.0),
        (2, 1, 3.0),
        (1, 1, 4.0),
        (2, 2, 6.0),
        (1, 2, 6.0),
    ]


def test_a_replay_ends_with_its_budget(table):
    assert len(replay(Listed(range(12)), table, [0] * 12, workers=3, epochs=5)) == 5


def test_a_diverged_run_frees_its_worker(table):
    history = replay(Listed([11, 0]), table, [0] * 12, workers=1, epochs=9)
    assert [(seen.configuration, seen.value is None) for seen in history] == [(11, True), (0, False), (0, False)]


def test_regret_is_what_the_chosen_one_lacks(table):
    worths = table.worths()
    assert worths[0] == worths.max() == pytest.approx(0.5)
    assert regret(0, worths) == 0
    assert regret(3, worths) == pytest.approx(0.5 - worths[3])
    assert worths[11] == worths.min()


def test_each_rule_chooses_its_own_winner(table):
    lucky = [Seen(3, epoch, value, 0.0) for epoch, value in enumerate([0.1, 0.9, 0.1, 0.1], start=1)]
    steady = [Seen(4, epoch, 0.5, 0.0) for epoch in range(1, 5)]
    default = [Seen(0, 1, 0.01, 0.0)]
    history = [*lucky, *steady, *default]
    assert best_epoch(history, table, [0] * 12, 9) == 3
    assert best_epoch(history, table, [0] * 12, 1) == 3
    assert last_epochs(history, table, [0] * 12, 9) == 4
    assert run_again(history, table, [0] * 12, 9 + 3 * EPOCHS) == 0


def test_an_interval_holds_its_mean():
    mean, low, high = interval([0.0, 1.0, 2.0, 3.0] * 10)
    assert low < mean < high
    assert mean == 1.5


def test_draws_stay_in_the_space_and_near_their_middle(table):
    space, rng = table.space, np.random.default_rng(2)
    default = space.default()
    near = [around(space, rng, default) for _ in range(50)]
    far = [evenly(space, rng) for _ in range(50)]
    for one in [*near, *far]:
        space.trial_config(one, 0)
        assert space.in_effect(one) == one
        assert all(space.search[name].contains(value) for name, value in one.items())
    assert np.mean([distance(space, one, default) for one in near]) < np.mean(
        [distance(space, one, default) for one in far]
    )
    assert np.mean([density(space, one, default) for one in near]) > np.mean(
        [density(space, one, default) for one in far]
    )


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_every_strategy_finds_the_best_once_all_were_tried(strategy, table):
    rows = regrets_of(table, ("camvid", strategy, 2, 0), [2, 12])
    again = regrets_of(table, ("camvid", strategy, 2, 0), [2, 12])
    assert json.dumps(rows) == json.dumps(again)
    assert [row["regret"] for row in rows if row["budget"] == 12 and row["rule"] == "best epoch"] == [0.0]
