"""Sends what changes in a sweep's working copy to the URI that keeps the sweep; checkpoints.py sends the weights.

Object stores have no locks, so a lease file that is renewed says which machine's driver runs a sweep.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import LEASE_SECONDS, TABLES, SweepFolder, other_driver
from tune_jobs.storage.object_storage import ObjectStorage, Stamp, first_line
from tune_jobs.storage.working_copy import stamp_of, storage_errors, storage_of

_SEND_SECONDS = 5.0


@contextlib.contextmanager
def mirrored(folder: SweepFolder) -> Iterator[Mirror | None]:
    """While the block runs, what changes in a sweep's folder is sent to its URI; nothing happens for a plain folder.

    If the block refuses the sweep before it has a record, nothing of it is left at the URI.

    Raises:
        SweepError: the storage does not answer, or the sweep there is not the one that this machine has.
    """
    remote = storage_of(folder)
    if remote is None:
        yield None
        return
    mirror = Mirror(folder, remote)
    with storage_errors(remote.uri):
        mirror.begin()
    try:
        yield mirror
    except SweepError:
        mirror.close()
        if not folder.record_path.exists():
            with storage_errors(remote.uri):
                for name in remote.names():
                    remote.delete(name)
        raise
    finally:
        mirror.close()


def send_report(folder: SweepFolder) -> None:
    """Send a report that was written again, if the folder is a working copy.

    Raises:
        SweepError: the storage does not answer.
    """
    remote = storage_of(folder)
    if remote is not None:
        with storage_errors(remote.uri):
            for path in (folder.report_path, *(folder.path / name for name in TABLES)):
                if path.exists():  # A sweep that was interrupted has no report yet.
                    remote.put(path, path.name)


def send_files(folder: SweepFolder, below: Path) -> None:
    """Send what lies in a folder below that of a sweep, the record last, if the sweep's is a working copy.

    Raises:
        SweepError: the storage does not answer.
    """
    remote = storage_of(folder)
    if remote is not None:
        found = [path for path in below.rglob("*") if path.is_file() and not path.name.startswith(".")]
        with storage_errors(remote.uri):
            for path in sorted(found, key=lambda path: path.name == folder.record_path.name):
                remote.put(path, str(path.relative_to(folder.path)))


def ask_to_stop(folder: SweepFolder) -> None:
    """Leave a request to stop where the sweep's driver looks for one, whichever machine it runs on."""
    folder.stop_path.touch()
    remote = storage_of(folder)
    if remote is not None:
        with storage_errors(remote.uri):
            remote.put(folder.stop_path, "stop")


class Mirror:
    """Sends a sweep's folder, without weights, file by file as they change."""

    def __init__(self, folder: SweepFolder, remote: ObjectStorage) -> None:
        self._folder, self._remote = folder, remote
        self._driver = uuid.uuid4().hex
        self._sent: dict[str, Stamp] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._taken_by: str | None = None  # This machine took the sweep while ours was cut off.
        self.unsent: str | None = None  # This says why the last attempt to send failed.

    def begin(self) -> None:
        """Take the lease for this machine, send what there is, and go on sending in a thread."""
        name = self._folder.name
        with contextlib.suppress(FileNotFoundError):
            self._remote.get("lease.json", self._folder.lease_path)
        holder = other_driver(self._folder)
        if holder is not None:
            wait = f"if that machine is gone, try again in {LEASE_SECONDS:.0f} s"
            raise SweepError(f'"{name}" is running on {holder}; {wait}')
        if self._remote_bytes(self._folder.spec_path.name) not in (b"", self._folder.spec_path.read_bytes()):
            raise SweepError(f'"{name}" exists there already; resume it, or choose another --name')
        record = self._folder.record_path
        here = record.read_bytes() if record.exists() else b""
        if not here.startswith(self._remote_bytes(record.name).rpartition(b"\n")[0]):
            raise SweepError(
                f'"{name}" went on elsewhere from before where this machine left it; to go on with theirs, move '
                f"{self._folder.path} away"
            )
        self._remote.delete("stop")
        self._renew_lease()
        self.send()
        self._thread.start()

    def send(self) -> None:
        """Send what has changed since the last time.

        Raises:
            OSError: the storage does not answer.
        """
        for path in _files_of(self._folder):
            name, stamp = str(path.relative_to(self._folder.path)), stamp_of(path)
            if stamp is not None and self._sent.get(name) != stamp:
                self._remote.put(path, name)
                self._sent[name] = stamp

    def close(self) -> None:
        """Send the last changes and let go of the sweep; `unsent` says if that failed."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join()
        self._folder.lease_path.unlink(missing_ok=True)
        try:
            if self._still_ours():
                self.send()
                self._remote.delete("lease.json")
                self.unsent = None
        except Exception as error:  # The backends of fsspec raise errors of any class.
            self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _run(self) -> None:
        while not self._closed.wait(_SEND_SECONDS):
            try:
                if not self._still_ours():
                    self._folder.stop_path.touch()
                    return
                self._renew_lease()
                self.send()
                if self._remote.has("stop"):
                    self._folder.stop_path.touch()
            except Exception as error:  # The next round tries again; the working copy has everything.
                self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _still_ours(self) -> bool:
        """Whether no other machine took the sweep, as one may once this machine has not renewed its lease."""
        lease = self._remote_bytes("lease.json")
        if lease and json.loads(lease)["driver"] != self._driver:
            self._taken_by = json.loads(lease)["host"]
        if self._taken_by:
            self.unsent = f"{self._remote.uri}: {self._taken_by} took the sweep while this machine was cut off"
        return self._taken_by is None

    def _renew_lease(self) -> None:
        lease = {"driver": self._driver, "host": platform.node(), "pid": os.getpid(), "time": time.time()}
        write_atomically(self._folder.lease_path, json.dumps(lease))

    def _remote_bytes(self, name: str) -> bytes:
        """The content of the file of that name at the URI; empty if there is none."""
        aside = self._folder.path / f".there.{name}"
        try:
            self._remote.get(name, aside)
            return aside.read_bytes()
        except FileNotFoundError:
            return b""
        finally:
            aside.unlink(missing_ok=True)


def _files_of(folder: SweepFolder) -> Iterator[Path]:
    """All files but weights and requests; the record comes first, since all others follow from it."""
    weights = folder.trial_path("")
    found = [path for path in folder.path.rglob("*") if path.is_file() and not path.is_relative_to(weights)]
    own = [path for path in found if not path.name.startswith(".") and path != folder.stop_path]
    yield from sorted(own, key=lambda path: path != folder.record_path)
