"""The table of a sweep that runs: as wide and as high as the terminal, and true about the time left."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.reports.sweeps import SPEC
from tests.tune_jobs.watched import a_state
from tune_jobs.live_table import Dashboard, left_in_words, lines_of
from tune_jobs.resources.slots import Slots
from tune_jobs.search.time_estimate import TimeRange

FILLS_TIME = SPEC.model_copy(update={"fills_time": True})


def shown(state, *, spec=SPEC, width=80, height=25):
    screen = Console(file=io.StringIO(), width=width, height=height)
    screen.print(Dashboard(state, spec, Slots(2, 1, 0.0)))
    return screen.file.getvalue().splitlines()


@pytest.mark.parametrize("finished", [0, 12, 23])
def test_it_fits_a_terminal_of_80_columns(finished):
    lines = shown(a_state(finished))
    assert lines[0].startswith(f"{finished} of 24 trials")
    assert f"{finished} pruned  best val_miou 0.{10 + finished}00 (00{finished:02d})" in lines[0]
    assert lines[1].startswith("0 s gone, about ")
    assert lines[2].split() == ["trial", "state", "epoch", "val_miou", "settings"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("height", "trials"), [(6, 2), (12, 8), (24, 20), (60, 24)])
def test_a_higher_terminal_shows_more_trials_and_none_too_many(height, trials):
    lines = shown(a_state(23), height=height)
    assert len(lines) == 3 + trials < height
    named = [line.split()[0] for line in lines[3:]]
    assert named == ["0023", *(f"{number:04d}" for number in range(22, 23 - trials, -1))], "what runs, then the best"


def test_trials_that_run_beyond_the_terminal_are_counted():
    lines = shown(a_state(8, running=30), height=14)
    assert len(lines) == 13
    assert [line.split()[1] for line in lines[3:12]] == ["running"] * 6 + ["pruned"] * 3
    assert lines[12].split() == ["24", "more", "run"]


@pytest.mark.parametrize("running", range(6))
@pytest.mark.parametrize("ended", range(6))
@pytest.mark.parametrize("room", range(1, 8))
def test_no_line_is_wasted_and_none_is_too_many(running, ended, room):
    ours, best = lines_of(running, ended, room)
    taken = ours + best + (ours < running)
    assert taken == min(room, running + ended)
    assert ours == running or best <= room // 2


@pytest.mark.parametrize(
    ("left", "limit", "spec", "said"),
    [
        (None, None, SPEC, "time left: measuring"),
        ((100, 200), None, SPEC, "about 2 to 3 min left"),
        ((100, 200), 400, SPEC, "about 2 to 3 min left"),
        ((100, 200), 150, SPEC, "2 min 30 s left until the time limit"),
        ((100, 200), 50, SPEC, "50 s left until the time limit, too little for all trials"),
        (None, 50, SPEC, "50 s left until the time limit"),
        ((100, 200), 400, FILLS_TIME, "6 min 40 s left until the time limit"),
    ],
)
def test_the_time_left_ends_at_the_time_limit_and_reaches_it_where_more_trials_fill_it(left, limit, spec, said):
    assert left_in_words(left and TimeRange(*left), limit, spec) == said


def test_the_table_counts_down_to_the_time_limit():
    assert "left until the time limit, too little for all trials" in shown(a_state(3, time_limit=300))[1]
