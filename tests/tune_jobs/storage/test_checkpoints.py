"""The checkpoints of trials: which are kept, deleted, sent and fetched."""

from __future__ import annotations

import pytest

from reports.records.folder import SweepFolder
from tests.tune_jobs.storage.buckets import BUCKET
from tune_jobs.storage import checkpoints as weights
from tune_jobs.storage.checkpoints import RemoteCheckpoints, SweepCheckpoints
from tune_jobs.storage.object_storage import ObjectStorage
from tune_jobs.storage.working_copy import local_copy


@pytest.mark.slow
def test_checkpoints_wait_for_a_storage_that_is_away_and_then_say_so(s3, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_RETRY_SECONDS", 1)
    folder = tmp_path / "0000"
    folder.mkdir()
    (folder / "last.pt").write_bytes(b"x")
    away = RemoteCheckpoints(f"{BUCKET}/s", "0000", folder)
    away.send(best=False)
    away.fetch()
    assert (folder / "last.pt").read_bytes() == b"x"
    s3.stop()
    with pytest.raises(OSError, match="AWS Error NETWORK_CONNECTION") as caught:
        away.send(best=False)
    assert caught.value.filename == f"{BUCKET}/s"
    s3.start()


@pytest.fixture
def trained():
    """Make the checkpoints of trials in a folder of trials."""

    def train(trials, *names):
        for name in names:
            (trials / name).mkdir(parents=True)
            for file in ("best.pt", "last.pt", "previous.pt"):
                (trials / name / file).write_text(f"{name} {file}")

    return train


def test_of_a_trial_that_ended_the_best_checkpoint_is_kept_until_it_is_removed(tmp_path, trained):
    folder = SweepFolder(tmp_path / "s")
    trained(folder.trial_path(""), "0000")
    checkpoints = SweepCheckpoints(folder)
    assert checkpoints.held_of(["0000", "0001"]) == {"0000", "0001"}, "a folder is not listed for this"
    checkpoints.keep_best("0000")
    assert [path.name for path in folder.trial_path("0000").iterdir()] == ["best.pt"]
    checkpoints.fetch_best()
    checkpoints.remove("0000")
    assert not folder.trial_path("0000").exists()


def test_a_worker_sends_and_another_fetches_and_forgets(uri, tmp_path, trained):
    trained(tmp_path / "here", "0000")
    there = RemoteCheckpoints(f"{uri}/s", "0000", tmp_path / "there")
    RemoteCheckpoints(f"{uri}/s", "0000", tmp_path / "here" / "0000").send(best=True)
    there.fetch()
    assert (tmp_path / "there" / "best.pt").read_text() == "0000 best.pt"
    assert (tmp_path / "there" / "last.pt").read_text() == "0000 last.pt"
    there.forget()
    assert not list((tmp_path / "there").iterdir())


def test_the_driver_deletes_at_the_uri_and_fetches_the_best(uri, tmp_path, trained):
    trained(tmp_path / "worker", "0000", "0001")
    for trial in ("0000", "0001"):
        RemoteCheckpoints(f"{uri}/s", trial, tmp_path / "worker" / trial).send(best=True)
    folder = SweepFolder(local_copy(uri) / "s")
    checkpoints = SweepCheckpoints(folder)
    assert checkpoints.held_of(["0000", "0001", "0002"]) == {"0000", "0001"}
    checkpoints.keep_best("0000")
    checkpoints.remove("0001")
    assert set(ObjectStorage(f"{uri}/s").names()) == {"trials/0000/best.pt"}
    checkpoints.fetch_best()
    assert (folder.trial_path("0000") / "best.pt").read_text() == "0000 best.pt"


def test_a_trial_begins_from_the_best_weights_of_another_if_they_are_kept(tmp_path, trained):
    folder = SweepFolder(tmp_path / "s")
    trained(folder.trial_path(""), "0000")
    checkpoints = SweepCheckpoints(folder)
    assert checkpoints.begin_from("0004", "0000")
    assert [(folder.trial_path("0004") / name).read_text() for name in ("last.pt", "best.pt")] == ["0000 best.pt"] * 2
    assert not checkpoints.begin_from("0005", "0001")
    assert not folder.trial_path("0005").exists()
