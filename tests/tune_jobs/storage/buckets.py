"""Buckets for tests: one of a real S3-speaking server, and what other machines see in it."""

from __future__ import annotations

from moto.server import ThreadedMotoServer

from reports.records.folder import SweepFolder
from tune_jobs.storage.object_storage import ObjectStorage
from tune_jobs.storage.working_copy import local_copy

BUCKET = "s3://bucket/sweeps"


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


def fetched(tmp_path, monkeypatch) -> SweepFolder:
    """What a machine that knows nothing yet sees of the sweep `s`."""
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "onlooker"))
    return SweepFolder(local_copy(BUCKET, "s") / "s")


def there(name, tmp_path):
    ObjectStorage(f"{BUCKET}/s").get(name, tmp_path / "there")
    return (tmp_path / "there").read_text()
