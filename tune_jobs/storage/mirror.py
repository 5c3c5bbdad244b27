"""Sends a sweep that is kept at a URI from its copy on this machine, as it changes. Weights go their own way.

Object stores have no locks: a lease that is renewed says which machine's driver runs a sweep.
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

    Of a sweep that is refused in the block, before it has a record, nothing is left at the URI.

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
    """Send a report that was written again, if the folder is a copy.

    Raises:
        SweepError: the storage does not answer.
    """
    remote = storage_of(folder)
    if remote is not None:
        with storage_errors(remote.uri):
            for path in (folder.report_path, *(folder.path / name for name in TABLES)):
                if path.exists():  # a sweep that was interrupted has no report yet
                    remote.put(path, path.name)


def ask_to_stop(folder: SweepFolder) -> None:
    """Leave the request where the sweep's driver looks, wherever it runs."""
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
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._taken_by: str | None = None  # the machine that took the sweep while this one was cut off
        self.unsent: str | None = None  # why the last attempt failed

    def begin(self) -> None:
        """Take the sweep for this machine, send what there is, and go on sending."""
        name = self._folder.name
        with contextlib.suppress(FileNotFoundError):
            self._remote.get("lease.json", self._folder.lease_path)
        holder = other_driver(self._folder)
        if holder is not None:
            wait = f"if that machine is gone, try again in {LEASE_SECONDS:.0f} s"
            raise SweepError(f'"{name}" is running on {holder}; {wait}')
        if self._there(self._folder.spec_path.name) not in (b"", self._folder.spec_path.read_bytes()):
            raise SweepError(f'"{name}" exists there already; resume it, or choose another --name')
        record = self._folder.record_path
        here = record.read_bytes() if record.exists() else b""
        if not here.startswith(self._there(record.name).rpartition(b"\n")[0]):
            raise SweepError(
                f'"{name}" went on elsewhere from before where this machine left it; to go on with theirs, move '
                f"{self._folder.path} away"
            )
        self._remote.delete("stop")
        self._renew()
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
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        self._folder.lease_path.unlink(missing_ok=True)
        try:
            if self._still_ours():
                self.send()
                self._remote.delete("lease.json")
                self.unsent = None
        except Exception as error:  # fsspec's backends raise what they like
            self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _run(self) -> None:
        while not self._ended.wait(_SEND_SECONDS):
            try:
                if not self._still_ours():
                    self._folder.stop_path.touch()
                    return
                self._renew()
                self.send()
                if self._remote.has("stop"):
                    self._folder.stop_path.touch()
            except Exception as error:  # tried again in a moment; the copy has everything
                self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _still_ours(self) -> bool:
        """Whether no other machine took the sweep, because this one had given no sign of life."""
        lease = self._there("lease.json")
        if lease and json.loads(lease)["driver"] != self._driver:
            self._taken_by = json.loads(lease)["host"]
        if self._taken_by:
            self.unsent = f"{self._remote.uri}: {self._taken_by} took the sweep while this machine was cut off"
        return self._taken_by is None

    def _renew(self) -> None:
        lease = {"driver": self._driver, "host": platform.node(), "pid": os.getpid(), "time": time.time()}
        write_atomically(self._folder.lease_path, json.dumps(lease))

    def _there(self, name: str) -> bytes:
        """What the URI has of a file; empty if it has none."""
        aside = self._folder.path / f".there.{name}"
        try:
            self._remote.get(name, aside)
            return aside.read_bytes()
        except FileNotFoundError:
            return b""
        finally:
            aside.unlink(missing_ok=True)


def _files_of(folder: SweepFolder) -> Iterator[Path]:
    """All but weights and requests; the record first, since what else there is follows from it."""
    weights = folder.trial_path("")
    found = [path for path in folder.path.rglob("*") if path.is_file() and not path.is_relative_to(weights)]
    own = [path for path in found if not path.name.startswith(".") and path != folder.stop_path]
    yield from sorted(own, key=lambda path: path != folder.record_path)
