"""A trial that runs out of its share of a GPU is taken up once more, with twice as much."""

from __future__ import annotations

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from reports.records.record import SweepEnded
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.messages import FailureMessage
from tune_jobs.search.scheduler import SweepScheduler


@pytest.fixture
def shared_gpu(folder, spec):
    scheduler = SweepScheduler(folder, spec, trials=8, slots=4, gpus=0.25)
    yield scheduler
    scheduler._keeper.close()


def out_of_memory(trial):
    return FailureMessage(trial, "OutOfMemoryError: CUDA", out_of_memory=True)


def test_a_trial_that_runs_out_of_its_share_of_a_gpu_is_taken_up_once_with_twice_as_much(shared_gpu):
    first = shared_gpu.next_trial()
    assert first.gpus == 0.25
    shared_gpu.started(first, node="n", slot=0)
    assert shared_gpu.hear(out_of_memory(first.trial)), "its worker is free again"
    assert not shared_gpu.is_over(first.trial)
    again = shared_gpu.next_trial()
    assert (again.trial, again.config, again.gpus) == (first.trial, first.config, 0.5)
    shared_gpu.started(again, node="n", slot=0)
    assert shared_gpu.hear(out_of_memory(first.trial))
    assert shared_gpu.state.trials[first.trial].reason == "failed", "once"
    assert shared_gpu.next_trial().trial != first.trial
    assert "ran out of memory with 0.25 of a GPU; once more with 0.5" in shared_gpu.state.notes[0].text


def test_a_trial_that_has_the_whole_card_has_failed_by_it_and_the_sampler_is_told(folder, spec):
    scheduler = SweepScheduler(folder, spec, trials=8, slots=1, gpus=1.0)
    trial = scheduler.next_trial()
    scheduler.started(trial, node="n", slot=0)
    scheduler.hear(out_of_memory(trial.trial))
    assert scheduler.state.trials[trial.trial].reason == "failed"
    storage = JournalStorage(JournalFileBackend(str(folder.journal_path)))
    told = optuna.load_study(study_name="s", storage=storage).trials[0]
    assert told.state is optuna.trial.TrialState.FAIL
    scheduler._keeper.close()


@pytest.mark.parametrize("spec", [["budget.trials=1"]], indirect=True)
def test_the_last_trial_of_a_sweep_too_is_taken_up_again_with_twice_its_share(folder, spec):
    scheduler = SweepScheduler(folder, spec, trials=1, slots=2, gpus=0.5)
    trial = scheduler.next_trial().trial
    assert scheduler.is_out()
    assert scheduler.may_run_again(), "before it has started"
    scheduler.started(Assignment(trial, {}), node="n", slot=0)
    assert scheduler.may_run_again(), "while it runs"
    assert scheduler.hear(FailureMessage(trial, "out of memory", out_of_memory=True))
    assert not scheduler.is_out()
    assert scheduler.next_share() == 1
    assert scheduler.next_trial().gpus == 1
    assert scheduler.is_out()
    assert not scheduler.may_run_again(), "it has had its second time"
    scheduler.close(SweepEnded(reason="completed"))
