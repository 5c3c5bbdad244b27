"""Storages at a URI: a real S3-speaking server, which takes a second to start, and a folder, which takes none."""

from __future__ import annotations

import contextlib
import logging

import fsspec
import pytest
from pyarrow.fs import FileSystem

from reports.records.folder import SweepFolder
from tests.tune_jobs.storage.buckets import BUCKET, S3
from tests.tune_jobs.sweeps import tune
from tune_jobs.storage import mirror as mirror_module
from tune_jobs.storage.object_storage import ObjectStorage
from tune_jobs.storage.working_copy import local_copy

logging.getLogger("werkzeug").setLevel(logging.ERROR)


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
        started.append(tune(*words, "--storage", BUCKET, storage=tmp_path / name, cache=tmp_path / name / "cache"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


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


@pytest.fixture
def uri(tmp_path, monkeypatch) -> str:
    """A storage at a URI whose files are those of the folder `bucket/sweeps`, read through fsspec."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(fsspec.config.conf, "local", {"auto_mkdir": True})  # A bucket needs no folders either.
    (tmp_path / "bucket" / "sweeps").mkdir(parents=True)
    return "local://bucket/sweeps"
