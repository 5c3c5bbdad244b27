"""What fails: a trial without a value, the same error again and again, a storage that is lost."""

from __future__ import annotations

import math

import pytest
from optuna.storages.journal import JournalFileOpenLock

from reports.records.record import SweepEnded
from tune_jobs.search.messages import DataFaultMessage, EpochMessage, FailureMessage, StorageFaultMessage
from tune_jobs.storage.faults import StorageLostError


def test_a_trial_without_the_metric_has_failed_and_the_sweep_goes_on(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    assert scheduler.hear(EpochMessage(assignment.trial, 1, {"val_loss": 0.5}, {}))
    assert scheduler.state.trials[assignment.trial].error == "epoch 1 has no val_miou"
    assert scheduler.next_trial() is not None


@pytest.mark.parametrize(
    ("metrics", "error"),
    [({"val_loss": 0.5}, "epoch 1 has no val_miou"), ({"val_miou": math.nan}, "no epoch has a finite val_miou")],
)
def test_a_trial_that_came_to_its_end_without_a_value_has_failed_and_the_sweep_goes_on(
    folder, open_ledger, metrics, error
):
    scheduler = open_ledger(trials=8)
    for _ in range(2):
        assignment = scheduler.next_trial()
        scheduler.started(assignment, node="n", slot=0)
        assert scheduler.hear(EpochMessage(assignment.trial, 1, metrics, {}, "completed"))
        assert scheduler.state.trials[assignment.trial].reason == "failed"
        assert scheduler.state.trials[assignment.trial].error == error
    assert open_ledger(trials=8).next_trial() is not None


def test_a_value_that_came_before_the_last_epoch_counts(open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    scheduler.hear(EpochMessage(assignment.trial, 1, {"val_miou": 0.5}, {}))
    scheduler.hear(EpochMessage(assignment.trial, 2, {"val_miou": math.nan}, {}, "completed"))
    assert scheduler.state.trials[assignment.trial].reason == "completed"


def test_a_diverged_trial_is_ranked_by_its_finite_epochs(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    scheduler.hear(EpochMessage(assignment.trial, 1, {"val_miou": 0.5}, {}))
    assert scheduler.hear(EpochMessage(assignment.trial, 2, {"train_loss": float("nan")}, {}, ended="diverged"))
    assert scheduler.state.trials[assignment.trial].best("val_miou", "max") == (1, 0.5)
    assert '"train_loss":null' in folder.record_path.read_text()


def test_the_same_error_again_and_again_ends_the_sweep(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    for number in range(5):
        assert scheduler.aborted_by is None
        assignment = scheduler.next_trial()
        scheduler.started(assignment, node="n", slot=0)
        trace = f"ValueError: bad\nTraceback of trial {number}"
        scheduler.hear(FailureMessage(assignment.trial, trace))
    assert scheduler.aborted_by == "ValueError: bad"
    assert scheduler.next_trial() is None


def test_one_cause_in_other_processes_ends_the_sweep_and_its_colours_are_not_recorded(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    for number in range(5):
        assignment = scheduler.next_trial()
        error = f"\x1b[36mray::TrialRunner.train()\x1b[39m (pid={number}, ip=127.0.0.1): <X at 0x7f{number}>"
        scheduler.failed(assignment, error)
    assert scheduler.aborted_by is not None
    assert not any("\x1b" in trial.error for trial in folder.state().trials.values())


def test_images_that_are_gone_fail_no_trial(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    assert not scheduler.hear(DataFaultMessage(assignment.trial, "n: photos: no such folder"))
    assert scheduler.data_trouble == "n: photos: no such folder"
    scheduler.close(SweepEnded(reason="paused"))
    assert [trial.reason for trial in folder.state().trials.values()] == ["interrupted"]
    assert folder.state().end.reason == "paused"


def test_different_errors_do_not_end_the_sweep(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    for number in range(5 + 1):
        assignment = scheduler.next_trial()
        scheduler.started(assignment, node="n", slot=0)
        scheduler.hear(FailureMessage(assignment.trial, f"ValueError: {number}"))
    assert scheduler.aborted_by is None


def test_a_storage_that_is_lost_is_remembered_and_nothing_more_is_written(folder, open_ledger, monkeypatch):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    fault = StorageFaultMessage(assignment.trial, "/sweeps: No space left on device")
    assert not scheduler.hear(fault)
    assert scheduler.storage_trouble == "/sweeps: No space left on device"
    before = folder.record_path.read_bytes()
    with pytest.raises(StorageLostError):
        scheduler.note("anything")
    assert folder.record_path.read_bytes() == before
    assert not scheduler.state.trials[assignment.trial].finished, "no trial fails by the disk"


def test_a_folder_that_goes_while_the_study_is_locked_is_the_storages_fault(folder, open_ledger, monkeypatch):
    scheduler = open_ledger(trials=2)
    acquire = JournalFileOpenLock.acquire

    def acquire_and_lose(lock: JournalFileOpenLock) -> bool:
        acquired = acquire(lock)
        folder.path.rename(folder.path.with_name("away"))
        return acquired

    monkeypatch.setattr(JournalFileOpenLock, "acquire", acquire_and_lose)
    with pytest.raises(StorageLostError, match=r"study\.journal"):
        scheduler.next_trial()
    assert "No such file" in scheduler.storage_trouble
