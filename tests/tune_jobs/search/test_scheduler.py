"""The scheduler, driven by plain calls: what it gives out, records and decides, and how it goes on after a crash."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from reports.analysis.summary import DEFAULT_TRIAL
from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, SweepEnded, TrialEnded
from reports.records.spec import DataSummary, SweepSpec
from search_spaces.loading import load
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.checkpoint_retention import trials_to_keep
from tune_jobs.search.messages import DataFaultMessage, EpochMessage, FailureMessage, NoteMessage, StorageFaultMessage
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.storage.faults import StorageLostError

SMALL = ["budget.trials=8", "budget.max_epochs=4", "budget.reduction_factor=2", "data.images=10"]


@pytest.fixture
def spec(request) -> SweepSpec:
    space = load("seg_unet", [*SMALL, *getattr(request, "param", [])])
    data = DataSummary(
        layout="none", fingerprint="0", classes=("a", "b"), colors=((0, 0, 0),) * 2, counts={}, image_size=(8, 8)
    )
    return SweepSpec(
        name="s",
        command="tune launch",
        source="seg_unet",
        seed=0,
        versions={},
        space=space,
        data=data,
    )


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    (tmp_path / "s").mkdir()
    return SweepFolder(tmp_path / "s")


@pytest.fixture
def open_ledger(folder, spec):
    """Ledgers over one folder; one that is never closed was killed."""
    opened = []

    def open_one(trials: int) -> SweepScheduler:
        opened.append(SweepScheduler(folder, spec, trials=trials, slots=2))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler._keeper.close()


def value_of(config: dict, epoch: int) -> float:
    """A made-up learning curve that a larger learning rate makes better."""
    return config["lr"] * 10 + epoch * 0.01


def run(scheduler: SweepScheduler, *, stop_after: int | None = None) -> list[tuple[str, int]]:
    """Two workers taking turns; every (trial, epoch) that was trained, in order."""
    trained, workers = [], [None, None]
    epochs: dict[str, int] = {}
    while True:
        before = len(trained)
        for slot in (0, 1):
            if workers[slot] is None and (assignment := scheduler.next_trial()):
                workers[slot] = assignment
                known = scheduler.state.trials.get(assignment.trial)
                epochs[assignment.trial] = max(known.epochs, default=0) if known else 0
                scheduler.started(assignment, node="n", slot=slot)
            if (assignment := workers[slot]) is None:
                continue
            epoch = epochs[assignment.trial] = epochs[assignment.trial] + 1
            trained.append((assignment.trial, epoch))
            report = EpochMessage(
                assignment.trial,
                epoch,
                {"val_miou": value_of(assignment.config, epoch), "parameters": assignment.config["width"] * 100.0},
                {"train": 1.0},
                ended="completed" if epoch == 4 else None,
            )
            if scheduler.hear(report):
                workers[slot] = None
            if stop_after is not None and len(trained) == stop_after:
                return trained
        if len(trained) == before:
            return trained


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


def test_an_epoch_heard_twice_changes_nothing(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    assignment = scheduler.next_trial()
    scheduler.started(assignment, node="n", slot=0)
    report = EpochMessage(assignment.trial, 1, {"val_miou": 0.5}, {"train": 1.0})
    assert not scheduler.hear(report)
    lines = folder.record_path.read_text()
    assert not scheduler.hear(report)
    assert folder.record_path.read_text() == lines


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


def test_a_resume_bears_a_record_whose_trials_ended_without_a_value(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    for _ in range(3):
        assignment = scheduler.next_trial()
        scheduler.started(assignment, node="n", slot=0)
        scheduler._keeper.append(EpochEnded(trial=assignment.trial, epoch=1, metrics={"val_loss": 0.5}, seconds={}))
        scheduler._keeper.append(TrialEnded(trial=assignment.trial, reason="completed"))
    assert open_ledger(trials=8).next_trial().trial == "0003"


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


TWO = ["objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]", "search.width.choice=[8,16,32]"]


@pytest.mark.parametrize("spec", [TWO], indirect=True)
def test_two_objectives_are_both_told_to_the_study_and_both_decide_who_is_cut(folder, open_ledger):
    run(open_ledger(trials=6))
    scheduler = open_ledger(trials=8)  # the first driver was killed; the second fills its study from the record
    run(scheduler)
    storage = JournalStorage(JournalFileBackend(str(folder.journal_path)))
    study = optuna.load_study(study_name="s", storage=storage)
    assert len(study.directions) == 2
    complete = [trial for trial in study.trials if trial.state is optuna.trial.TrialState.COMPLETE]
    assert complete
    for told in complete:
        trial = scheduler.state.trials[told.user_attrs["trial"]]
        assert told.values == [value_of(trial.config, 4), trial.config["width"] * 100.0]
    cuts = [trial.cut for trial in scheduler.state.trials.values() if trial.cut]
    assert cuts
    pruned = [trial for trial in study.trials if trial.state is optuna.trial.TrialState.PRUNED]
    for told in pruned:
        lacks = 4 - scheduler.state.trials[told.user_attrs["trial"]].cut.rung
        assert lacks <= told.constraints["came to its end"] < lacks + 1
    assert all(cut.value > cut.cutoff >= 1 for cut in cuts), "numbers of fronts"


@pytest.mark.parametrize("spec", [TWO], indirect=True)
def test_weights_of_every_trial_that_no_other_beats_in_both_objectives_are_kept(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    points = {
        name: (trial.best("val_miou", "max")[1], trial.config["width"])
        for name, trial in scheduler.state.trials.items()
    }
    beaten = {
        name
        for name, (miou, width) in points.items()
        if any(m >= miou and w <= width and (m, w) != (miou, width) for m, w in points.values())
    }
    assert points.keys() - beaten <= trials_to_keep(scheduler.state, scheduler.space)


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
