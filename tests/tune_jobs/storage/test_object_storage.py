"""Sweeps that are kept at a URI, on a real S3-speaking server."""

from __future__ import annotations

import contextlib
import json
import logging
import time

import pytest
from moto.server import ThreadedMotoServer
from pyarrow.fs import FileSystem

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, other_driver
from tests.tune_jobs.raylets import Raylets
from tests.tune_jobs.sweeps import SLOW, TINY, epochs_recorded, finish, launch_words, nothing_lost, tune, wait_until
from tune_jobs.storage import checkpoints as weights
from tune_jobs.storage import mirror as mirror_module
from tune_jobs.storage.checkpoints import RemoteCheckpoints
from tune_jobs.storage.mirror import mirrored, send_report
from tune_jobs.storage.object_storage import ObjectStorage
from tune_jobs.storage.working_copy import local_copy, uri_of

pytestmark = pytest.mark.slow
logging.getLogger("werkzeug").setLevel(logging.ERROR)
BUCKET = "s3://bucket/sweeps"
HERE = ["--storage", BUCKET]


class S3:
    """A server that can be away for a while."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()

    @property
    def environment(self) -> dict[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
        return {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}"}


@pytest.fixture
def s3(monkeypatch):
    server = S3()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    FileSystem.from_uri("s3://bucket?allow_bucket_creation=true")[0].create_dir("bucket")
    yield server
    with contextlib.suppress(OSError):
        storage = ObjectStorage("s3://bucket")
        for name in storage.names():
            storage.delete(name)
    server.stop()


@pytest.fixture
def machine(tmp_path):
    """Starts the command as on a machine of its own, which shares no files with the others."""
    started = []

    def start(name, *words):
        (tmp_path / name).mkdir(exist_ok=True)
        started.append(tune(*words, *HERE, storage=tmp_path / name, cache=tmp_path / name / "cache"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def fetched(tmp_path, monkeypatch) -> SweepFolder:
    """What a machine that knows nothing yet sees of the sweep `s`."""
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "onlooker"))
    return SweepFolder(local_copy(BUCKET, "s") / "s")


def test_a_sweep_at_a_uri_is_seen_from_every_machine(s3, machine, tmp_path, monkeypatch):
    said = finish(machine("a", *launch_words("s", TINY)))
    assert f"Folder: {BUCKET}/s" in said
    assert str(tmp_path) not in said.partition("Report: ")[0]
    folder = fetched(tmp_path, monkeypatch)
    nothing_lost(folder.state(), folder, requested=6)
    assert folder.report_path.exists()
    names = ObjectStorage(f"{BUCKET}/s").names()
    assert len([name for name in names if name.startswith("trials/")]) == 3, "the best weights of the best three"
    assert not any(name.startswith((".", "lease", "stop")) for name in names)
    listed = json.loads(finish(machine("b", "ls", "--json")))
    assert [(row["name"], row["finished"], row["state"]) for row in listed] == [("s", 6, "completed")]
    assert "s: completed, 6 of 6 trials" in finish(machine("b", "show", "s"))
    before = names["report.html"]
    finish(machine("b", "report", "s"))
    assert ObjectStorage(f"{BUCKET}/s").names()["report.html"] != before


def test_a_machine_dies_and_another_goes_on(s3, machine, tmp_path, monkeypatch):
    process = machine("a", *launch_words("s", SLOW))
    wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 4, seconds=120)
    refused = machine("b", "resume", "s")
    assert '"s" is running on' in refused.communicate(timeout=60)[0]
    assert refused.returncode == 2
    s3.stop()  # for a moment: nobody notices
    s3.start()
    process.kill()
    process.wait()
    before = fetched(tmp_path, monkeypatch).state()
    finish(machine("b", "resume", "s"))
    nothing_lost(before, fetched(tmp_path, monkeypatch), requested=6)


def test_it_is_stopped_from_another_machine(s3, machine, tmp_path, monkeypatch):
    process = machine("a", *launch_words("s", [*SLOW, "budget.trials=30"]))
    wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 1, seconds=120)
    stopped = finish(machine("b", "stop", "s"))
    assert f"tune resume s --storage {BUCKET}" in stopped
    assert "Stopped, as asked." in finish(process)
    assert fetched(tmp_path, monkeypatch).state().end.reason == "stopped"


def test_a_node_of_a_cluster_dies_and_the_other_goes_on_from_the_uri(s3, machine, tmp_path, monkeypatch):
    raylets = Raylets(workers=2, head_cpus=0)
    try:
        process = machine("a", *launch_words("s", SLOW), "--address", raylets.address)
        wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 4, seconds=150)
        before = fetched(tmp_path, monkeypatch).state()
        raylets.remove()
        finish(process)
        folder = fetched(tmp_path, monkeypatch)
        nothing_lost(before, folder, requested=6)
        assert all(trial.starts <= 2 for trial in folder.state().trials.values())
    finally:
        raylets.close()


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


@pytest.fixture
def sweep_on(s3, tmp_path, monkeypatch):
    """A sweep's copy on a machine of that name, with a record."""
    monkeypatch.setattr(mirror_module, "_SEND_SECONDS", 0.1)

    def copy(machine, spec, record):
        monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / machine))
        folder = SweepFolder(local_copy(BUCKET) / "s")
        folder.path.mkdir(exist_ok=True)
        folder.spec_path.write_text(spec)
        folder.record_path.write_text(record)
        return folder

    return copy


def there(name, tmp_path):
    ObjectStorage(f"{BUCKET}/s").get(name, tmp_path / "there")
    return (tmp_path / "there").read_text()


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


def test_a_driver_whose_sweep_was_taken_over_ends_and_sends_nothing_more(sweep_on, tmp_path):
    folder = sweep_on("a", "{}", "1\n")
    with mirrored(folder) as mirror:
        lease = tmp_path / "lease"
        lease.write_text(json.dumps({"driver": "other", "host": "b", "pid": 1, "time": time.time()}))
        ObjectStorage(f"{BUCKET}/s").put(lease, "lease.json")
        wait_until(folder.stop_path.exists, seconds=20)
        folder.record_path.write_text("1\n2\n")
    assert "b took the sweep while this machine was cut off" in mirror.unsent
    assert there("record.jsonl", tmp_path) == "1\n"
    assert json.loads(there("lease.json", tmp_path))["driver"] == "other"


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


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("s3://key:secret@bucket/sweeps", "keep keys out of the URI"),
        ("s3:///sweeps", "name a bucket"),
        ("https://host/sweeps", "a web address keeps no files"),
        ("s3://bucket/sweeps?typo=1", "typo"),
        ("file://sweeps", "three slashes"),
        ("nosuch://bucket/sweeps", "nosuch"),
        ("s3://other/sweeps", "there is no bucket 'other'"),
    ],
)
def test_a_uri_that_cannot_be_used_is_refused_in_a_line(s3, tmp_path, monkeypatch, uri, text):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path))
    with pytest.raises(SweepError, match=text) as caught:
        local_copy(uri)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_uri_is_a_path_and_a_path_has_no_uri(tmp_path):
    here = local_copy(f"file://{tmp_path}/my%20sweeps")
    assert here == tmp_path / "my sweeps"
    assert uri_of(SweepFolder(here / "s")) is None
