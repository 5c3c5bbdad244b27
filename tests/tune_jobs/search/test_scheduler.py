"""The scheduler, driven by plain calls: what it gives out, records and decides."""

from __future__ import annotations

import json

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from reports.records.record import SweepEnded
from reports.records.state import DEFAULT_TRIAL
from tests.tune_jobs.search.driven import run
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.messages import EpochMessage, FailureMessage, NoteMessage
from tune_jobs.search.scheduler import SweepScheduler


def test_the_default_and_the_study_come_first_by_name_and_are_never_pruned(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    default, study = (scheduler.state.trials[name] for name in (DEFAULT_TRIAL, "0001"))
    assert (default.label, default.config["lr"], default.config["optimizer"]) == ("default", 4e-3, "adamw")
    assert (study.label, study.config["lr"], study.config["optimizer"]) == ("study", 1e-4, "adam")
    assert default.reason == study.reason == "completed"
    assert {trial.label for trial in scheduler.state.trials.values()} == {"default", "study", None}
    assert "pruned" in {trial.reason for trial in scheduler.state.trials.values()}


def test_every_asked_trial_ends_once_and_the_record_says_the_same(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    state = folder.state()
    assert len(state.finished) == len(state.trials) == 8
    ended = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    names = [event["trial"] for event in ended if event["event"] == "trial_ended"]
    assert sorted(names) == sorted(set(names)) == sorted(state.trials)


def test_configurations_differ(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    configs = [json.dumps(trial.config, sort_keys=True) for trial in scheduler.state.trials.values()]
    assert len(set(configs)) == 8


def test_pruned_trials_are_told_to_the_sampler_as_pruned_and_complete_ones_with_their_best(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    storage = JournalStorage(JournalFileBackend(str(folder.journal_path)))
    study = optuna.load_study(study_name="s", storage=storage)
    told = {trial.user_attrs["trial"]: trial for trial in study.trials}
    for trial in scheduler.state.trials.values():
        assert told[trial.trial].state.name == {"completed": "COMPLETE", "pruned": "PRUNED"}[trial.reason]
        assert told[trial.trial].intermediate_values == trial.values("val_miou")
        if trial.reason == "completed":
            assert told[trial.trial].value == trial.best("val_miou", "max")[1]


def test_an_epoch_heard_twice_changes_nothing(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    report = EpochMessage(assignment.trial, 1, {"val_miou": 0.5}, {"train": 1.0})
    assert not scheduler.hear(report)
    lines = folder.record_path.read_text()
    assert not scheduler.hear(report)
    assert folder.record_path.read_text() == lines


@pytest.mark.parametrize("resumed", [False, True])
def test_a_trial_that_stopped_early_is_in_later_rungs_with_its_best(open_ledger, resumed):
    scheduler = open_ledger(trials=8)
    for assignment in [scheduler.next_trial() for _ in range(3)]:
        scheduler.started(assignment, node="n", slot=0)
    scheduler.hear(EpochMessage("0002", 1, {"val_miou": 0.9}, {}, ended="stopped_early"))
    if resumed:
        scheduler.close(SweepEnded(reason="interrupted"))
        scheduler = open_ledger(trials=8)
    late = next(one for one in iter(scheduler.next_trial, None) if one.trial == "0003")
    scheduler.started(late, node="n", slot=0)
    assert not scheduler.hear(EpochMessage("0003", 1, {"val_miou": 0.95}, {}))
    scheduler.hear(EpochMessage("0003", 2, {"val_miou": 0.5}, {}))
    assert scheduler.state.trials["0003"].cut is None, "its best so far is ahead"
    late = scheduler.next_trial()
    scheduler.started(late, node="n", slot=0)
    scheduler.hear(EpochMessage(late.trial, 2, {"val_miou": 0.5}, {}))
    cut = scheduler.state.trials[late.trial].cut
    assert (cut.rung, cut.cutoff, cut.seen) == (2, 0.95, 3)


def test_only_the_best_three_keep_their_weights(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    started = scheduler.started

    def start_with_files(assignment, **where):
        path = folder.trial_path(assignment.trial)
        path.mkdir(parents=True)
        for name in ("last.pt", "previous.pt", "best.pt"):
            (path / name).touch()
        started(assignment, **where)

    scheduler.started = start_with_files
    run(scheduler)
    best = {trial.trial for trial in scheduler.state.ranked("val_miou", "max")[:3]}
    left = {path.parent.name for path in folder.path.glob("trials/*/best.pt")}
    assert left == best
    assert not list(folder.path.glob("trials/*/last.pt"))


def test_what_a_worker_notes_is_recorded_and_decides_nothing(folder, spec):
    scheduler = SweepScheduler(folder, spec, trials=8, slots=1)
    trial = scheduler.next_trial().trial
    scheduler.started(Assignment(trial, {}), node="n", slot=0)
    assert not scheduler.hear(NoteMessage(trial, "last.pt: not a whole checkpoint"))
    scheduler.close(SweepEnded(reason="completed"))
    assert [(note.trial, note.text) for note in folder.state().notes] == [(trial, "last.pt: not a whole checkpoint")]
    assert not folder.state().trials[trial].finished


def test_secrets_stay_out_of_the_record(folder, spec, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "correct-horse-battery")
    monkeypatch.setenv("PWD", "/home/me/project")
    scheduler = SweepScheduler(folder, spec, trials=8, slots=1)
    trial = scheduler.next_trial().trial
    scheduler.started(Assignment(trial, {}), node="n", slot=0)
    scheduler.note("/home/me/project/data is no secret")
    scheduler.note("no answer from http://me:hunter2@host/api?run=7&access_token=opensesame&x=1")
    scheduler.hear(FailureMessage(trial, "ValueError: correct-horse-battery is no key"))
    scheduler.close(SweepEnded(reason="completed"))
    written = folder.record_path.read_text()
    assert not [secret for secret in ("hunter2", "opensesame", "correct-horse-battery") if secret in written]
    assert "/home/me/project/data is no secret" in written
    assert "http://***@host/api?run=7&access_token=***&x=1" in written
    assert "ValueError: *** is no key" in written
