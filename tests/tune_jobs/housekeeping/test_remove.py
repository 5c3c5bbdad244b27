"""Sweeps that go: all of each, or nothing."""

import os

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, list_sweeps
from reports.records.training import TrainingFolder
from tests.reports.sweeps import write_sweep
from tests.tune_jobs.storage.conftest import uri as uri  # a fixture
from tune_jobs.housekeeping.remove import bytes_of, refuse_held, remove, what_goes_with
from tune_jobs.progress import SilentProgress
from tune_jobs.storage.sweep_folders import hold
from tune_jobs.storage.working_copy import local_copy
from tune_jobs.use.trainings import hold_training


def test_a_sweep_goes_with_all_that_it_has_and_those_that_speak_of_it_are_named(sweep):
    storage = sweep.path.parent
    assert [line.split()[0] for line in what_goes_with([sweep])] == ["s-ablation", "s-sure"]
    assert what_goes_with([sweep, SweepFolder(storage / "s-ablation"), SweepFolder(storage / "s-sure")]) == []
    assert bytes_of(sweep.path) > 1000
    remove(sweep, SilentProgress())
    assert sorted(path.name for path in storage.iterdir()) == ["s-ablation", "s-sure"]


def test_a_running_sweep_stays(sweep):
    lock = hold(sweep)
    try:
        with pytest.raises(SweepError, match='"s" is running'):
            refuse_held([sweep])
        with pytest.raises(SweepError, match='"s" is running'):
            remove(sweep, SilentProgress())
    finally:
        lock.release()
    assert len(sweep.state().trials) == 4


def test_a_sweep_of_which_a_configuration_is_being_trained_stays(sweep):
    training = TrainingFolder(sweep.path / "trainings" / "0000-train")
    training.path.mkdir(parents=True)
    training.spec_path.write_text("{}")
    lock = hold_training(training)
    try:
        with pytest.raises(SweepError, match="0000-train of s is being trained by another process"):
            remove(sweep, SilentProgress())
    finally:
        lock.release()
    assert training.spec_path.exists()


def test_what_a_killed_removal_left_is_no_sweep_and_goes_with_the_next(sweep, tmp_path):
    left = write_sweep(tmp_path / "sweeps" / ".removed" / "old-1", trials=1)
    assert [one.name for one in list_sweeps(sweep.path.parent)] == ["s", "s-ablation", "s-sure"]
    remove(sweep, SilentProgress())
    assert not left.path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_moved_stays_whole(sweep):
    sweep.path.parent.chmod(0o500)
    try:
        with pytest.raises(SweepError, match=r"cannot be removed .*; nothing was changed"):
            remove(sweep, SilentProgress())
    finally:
        sweep.path.parent.chmod(0o700)
    assert len(sweep.state().trials) == 4


def test_a_sweep_at_a_uri_goes_there_as_well(uri, tmp_path):
    there = write_sweep(tmp_path / "bucket" / "sweeps" / "s", trials=2, name="s")
    (there.trial_path("0000")).mkdir(parents=True)
    (there.trial_path("0000") / "best.pt").write_text("weights")
    remove(SweepFolder(local_copy(uri, "s") / "s"), SilentProgress())
    assert [path for path in there.path.rglob("*") if path.is_file()] == []
    assert list_sweeps(local_copy(uri)) == []
