"""A sweep whose size a time limit has decided goes on while there is room for another trial."""

from __future__ import annotations

import pytest

from reports.records.record import EpochEnded, SweepEnded
from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget
from tests.tune_jobs.search.made_up import made_up_spec, run_made_up
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.time_estimate import seconds_of_a_trial


def run(path, *overrides, fills_time, room, trials=4):
    folder, spec = made_up_spec(path, *overrides)
    spec = spec.model_copy(update={"fills_time": fills_time})
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=2, room_for_another=room)
    given = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return folder.state(), given


def test_more_trials_than_planned_are_run_while_there_is_room_and_the_record_says_how_many(tmp_path):
    state, given = run(tmp_path, fills_time=True, room=lambda state: len(state.finished) < 9)
    assert len(given) > 8
    assert state.trials_requested == len(state.finished) == len(given)


@pytest.mark.parametrize(("fills_time", "room"), [(False, True), (True, False)])
def test_no_other_sweep_does_so(tmp_path, fills_time, room):
    state, given = run(tmp_path, fills_time=fills_time, room=lambda state: room)
    assert state.trials_requested == len(given) == 4


def test_a_space_that_was_tried_ends_it(tmp_path):
    search = "search={lr: {choice: [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008], default: 0.001}}"
    state, given = run(tmp_path, search, fills_time=True, room=lambda state: True)
    assert len(given) == 8
    assert state.trials_requested == 8


def test_a_trial_takes_as_long_as_the_epochs_so_far_say_and_a_little_more():
    budget = Budget(max_epochs=9)
    trial = TrialState(
        "0000", epochs={n: EpochEnded(trial="0000", epoch=n, metrics={}, seconds={"train": 2.0}) for n in (1, 2)}
    )
    assert seconds_of_a_trial(SweepState(), budget) == 0
    assert 18 < seconds_of_a_trial(SweepState(trials={"0000": trial}), budget) < 22
