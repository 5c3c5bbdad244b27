"""What is sent of a working copy, and which machine may send it."""

from __future__ import annotations

import json
import time

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, other_driver
from tests.tune_jobs.storage.buckets import BUCKET, there
from tests.tune_jobs.sweeps import wait_until
from tune_jobs.storage.mirror import ask_to_stop, mirrored, send_report
from tune_jobs.storage.object_storage import ObjectStorage
from tune_jobs.storage.working_copy import local_copy


@pytest.mark.slow
def test_what_could_not_be_sent_is_kept_here_and_goes_first_next_time(s3, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path))
    folder = SweepFolder(local_copy(BUCKET) / "s")
    folder.path.mkdir()
    folder.spec_path.write_text("{}")
    folder.record_path.write_text("1\n")
    with mirrored(folder) as mirror:
        folder.record_path.write_text("1\n2\n")
        s3.stop()
    assert "NETWORK_CONNECTION" in mirror.unsent
    s3.start()
    local_copy(BUCKET, "s")
    assert folder.record_path.read_text() == "1\n2\n", "what is ahead is not fetched over"
    ObjectStorage(f"{BUCKET}/s").delete("lease.json")  # of a driver that lives no more
    with mirrored(folder):
        pass
    storage = ObjectStorage(f"{BUCKET}/s")
    storage.get("record.jsonl", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "1\n2\n"
    for name in storage.names():
        storage.delete(name)
    local_copy(BUCKET)
    assert not folder.path.exists(), "deleted there"


@pytest.mark.slow
def test_a_sweep_of_another_machine_is_never_overwritten(sweep_on, tmp_path):
    with mirrored(sweep_on("a", "{}", "1\n2\n")):
        pass
    with pytest.raises(SweepError, match="exists there already"), mirrored(sweep_on("b", '{"other": 1}', "")):
        pass
    with pytest.raises(SweepError, match="went on elsewhere"), mirrored(sweep_on("b", "{}", "1\n3\n4\n")):
        pass
    send_report_of = sweep_on("b", "{}", "1\n")
    send_report(send_report_of)  # has none yet
    for name in ("report.html", "trials.csv", "trials.parquet"):
        (send_report_of.path / name).write_text("drawn from an older record")
    send_report(send_report_of)
    assert there("record.jsonl", tmp_path) == "1\n2\n"
    assert there("sweep.json", tmp_path) == "{}"


@pytest.mark.slow
def test_a_driver_whose_sweep_was_taken_over_ends_and_sends_nothing_more(sweep_on, tmp_path):
    folder = sweep_on("a", "{}", "1\n")
    with mirrored(folder) as mirror:
        lease = tmp_path / "lease"
        lease.write_text(json.dumps({"driver": "other", "host": "b", "pid": 1, "time": time.time()}))
        ObjectStorage(f"{BUCKET}/s").put(lease, "lease.json")
        wait_until(folder.stop_path.exists)
        folder.record_path.write_text("1\n2\n")
    assert "b took the sweep while this machine was cut off" in mirror.unsent
    assert there("record.jsonl", tmp_path) == "1\n"
    assert json.loads(there("lease.json", tmp_path))["driver"] == "other"


@pytest.mark.slow
def test_a_sweep_that_is_refused_before_it_began_leaves_nothing_at_the_uri(sweep_on):
    folder = sweep_on("a", "{}", "")
    folder.record_path.unlink()
    with pytest.raises(SweepError, match="no room"), mirrored(folder):
        raise SweepError("no room")
    assert not ObjectStorage(f"{BUCKET}/s").names()


def test_a_machine_that_gives_no_sign_of_life_loses_its_sweep(tmp_path):
    folder = SweepFolder(tmp_path)
    assert other_driver(folder) is None
    folder.lease_path.write_text(json.dumps({"host": "elsewhere", "pid": 1, "time": 0}))
    assert other_driver(folder) is None
    folder.lease_path.write_text(json.dumps({"host": "elsewhere", "pid": 1, "time": 4e9}))
    assert other_driver(folder) is None, "a clock that is years ahead"
    folder.lease_path.write_text("{")
    assert other_driver(folder) is None


def test_nothing_is_sent_of_a_sweep_that_is_kept_in_its_folder(tmp_path):
    folder = SweepFolder(tmp_path / "s")
    folder.path.mkdir()
    with mirrored(folder) as mirror:
        assert mirror is None
    send_report(folder)
    ask_to_stop(folder)
    assert [path.name for path in folder.path.iterdir()] == ["stop"]


def test_all_but_weights_and_requests_is_sent_and_the_lease_is_given_up(uri):
    folder = SweepFolder(local_copy(uri) / "s")
    folder.trial_path("0000").mkdir(parents=True)
    (folder.trial_path("0000") / "last.pt").write_text("weights")
    folder.spec_path.write_text("{}")
    with mirrored(folder) as mirror:
        assert "lease.json" in ObjectStorage(f"{uri}/s").names()
        folder.record_path.write_text("1\n")
        folder.stop_path.touch()
    assert mirror.unsent is None
    assert set(ObjectStorage(f"{uri}/s").names()) == {"sweep.json", "record.jsonl"}
    send_report(folder)
    ask_to_stop(folder)
    assert ObjectStorage(f"{uri}/s").has("stop")
