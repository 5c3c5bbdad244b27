"""How a sweep goes on: after a driver that died, an interrupt, a record that lost its end, a clock that went back."""

from __future__ import annotations

import json
import random

import pytest

from reports.records.record import EpochEnded, SweepEnded, TrialEnded
from tests.tune_jobs.search.driven import run
from tune_jobs.search.messages import EpochMessage


@pytest.mark.parametrize("stop_after", random.Random(0).sample(range(1, 16), 6))
def test_a_driver_that_dies_anywhere_is_followed_by_one_that_goes_on(folder, open_ledger, stop_after):
    first = open_ledger(trials=8)
    before = run(first, stop_after=stop_after)
    ended_before = {trial.trial: trial for trial in folder.state().finished}
    second = open_ledger(trials=8)  # the first one is never closed: it was killed
    after = run(second)
    assert len(second.state.finished) == len(second.state.trials) == 8
    assert not set(before) & set(after)  # no epoch is trained twice
    for name, trial in ended_before.items():
        assert second.state.trials[name].reason == trial.reason
        assert second.state.trials[name].epochs == trial.epochs
    configs = [json.dumps(trial.config, sort_keys=True) for trial in second.state.trials.values()]
    assert len(set(configs)) == 8


def test_a_resume_bears_a_record_whose_trials_ended_without_a_value(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    for _ in range(3):
        assignment = scheduler.next_trial()
        scheduler.started(assignment, node="n", slot=0)
        scheduler._keeper.append(EpochEnded(trial=assignment.trial, epoch=1, metrics={"val_loss": 0.5}, seconds={}))
        scheduler._keeper.append(TrialEnded(trial=assignment.trial, reason="completed"))
    assert open_ledger(trials=8).next_trial().trial == "0003"


def test_closing_marks_running_trials_as_interrupted_and_a_resume_takes_them_first(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler, stop_after=3)
    running = {trial.trial for trial in scheduler.state.trials.values() if trial.reason is None}
    scheduler.close(SweepEnded(reason="interrupted"))
    assert {trial.trial for trial in folder.state().trials.values() if trial.reason == "interrupted"} == running
    resumed = open_ledger(trials=8)
    assert {resumed.next_trial().trial for _ in running} == running


def test_more_trials_can_be_asked_for_later(folder, open_ledger):
    scheduler = open_ledger(trials=3)
    run(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    more = open_ledger(trials=6)
    run(more)
    assert len(more.state.finished) == 6
    assert folder.state().trials_requested == 6


def test_epochs_that_the_record_has_lost_are_heard_again_without_a_gap(folder, open_ledger):
    scheduler = open_ledger(trials=1)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    reports = [EpochMessage("0000", epoch, {"val_miou": 0.1 * epoch}, {}) for epoch in (1, 2, 3)]
    for report in reports:
        scheduler.hear(report)
    scheduler._keeper.close()
    lines = folder.record_path.read_text().splitlines(keepends=True)
    folder.record_path.write_text("".join(lines[:3]))  # the machine went before the last two were sent
    again = open_ledger(trials=1)
    again.started(again.next_trial(), node="n", slot=0)
    assert list(again.state.trials["0000"].epochs) == [1]
    assert [again.hear(report) for report in reports] == [False, False, False]
    assert list(folder.state().trials["0000"].epochs) == [1, 2, 3]
    assert folder.record_path.read_text().count('"event":"epoch"') == 3


def test_a_clock_that_went_back_an_hour_changes_nothing(folder, open_ledger):
    run(open_ledger(trials=8), stop_after=9)
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    ahead = [json.dumps({**line, "time": line["time"] + 3600}) for line in lines]
    folder.record_path.write_text("".join(f"{line}\n" for line in ahead))
    before = folder.state()
    run(open_ledger(trials=8))
    after = folder.state()
    assert len(after.finished) == len(after.trials) == 8
    for trial in before.finished:
        assert after.trials[trial.trial].epochs == trial.epochs
        assert after.trials[trial.trial].reason == trial.reason
    assert [(event.trial, event.epoch) for event in after.epochs_in_order()][:9] == [
        (event.trial, event.epoch) for event in before.epochs_in_order()
    ]
