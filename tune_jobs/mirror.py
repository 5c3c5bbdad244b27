"""Sends a sweep that is kept at a URI from its copy on this machine, as it changes. Weights go their own way.

Object stores have no locks: a lease that is renewed says which machine's driver runs a sweep.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from reports.sweep_folder import LEASE_SECONDS, SweepFolder, other_driver
from reports.whole import write_whole
from tune_jobs.errors import SweepError
from tune_jobs.object_storage import ObjectStorage, Stamp, first_line
from tune_jobs.working_copy import answering, size_of, stamp_of, storage_of

_SEND_SECONDS = 5.0


@contextlib.contextmanager
def mirrored(folder: SweepFolder) -> Iterator[Mirror | None]:
    """While the block runs, what changes in a sweep's folder is sent to its URI; nothing happens for a plain folder.

    Raises:
        SweepError: the storage does not answer, or a driver on another machine runs this sweep.
    """
    remote = storage_of(folder)
    if remote is None:
        yield None
        return
    mirror = Mirror(folder, remote)
    with answering(remote.uri):
        mirror.begin()
    try:
        yield mirror
    finally:
        mirror.close()


def send(folder: SweepFolder) -> None:
    """Send a sweep's folder, without weights, if it is a copy.

    Raises:
        SweepError: the storage does not answer.
    """
    remote = storage_of(folder)
    if remote is not None:
        with answering(remote.uri):
            Mirror(folder, remote).send()


def ask_to_stop(folder: SweepFolder) -> None:
    """Leave the request where the sweep's driver looks, wherever it runs."""
    folder.stop_path.touch()
    remote = storage_of(folder)
    if remote is not None:
        with answering(remote.uri):
            remote.put(folder.stop_path, "stop")


def remove(folder: SweepFolder) -> None:
    """Delete a sweep that never began."""
    remote = storage_of(folder)
    shutil.rmtree(folder.path)
    if remote is not None:
        with answering(remote.uri):
            for name in remote.names():
                remote.delete(name)


class Mirror:
    """Sends a sweep's folder, without weights, file by file as they change."""

    def __init__(self, folder: SweepFolder, remote: ObjectStorage) -> None:
        self._folder, self._remote = folder, remote
        self._sent: dict[str, Stamp] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self.unsent: str | None = None  # why the last attempt failed

    def begin(self) -> None:
        """Take the sweep for this machine, send what there is, and go on sending."""
        with contextlib.suppress(FileNotFoundError):
            self._remote.get("lease.json", self._folder.lease_path)
        holder = other_driver(self._folder)
        if holder is not None:
            raise SweepError(
                f'"{self._folder.name}" is running on {holder}; if that machine is gone, try again in '
                f"{LEASE_SECONDS:.0f} s"
            )
        if self._remote.size("record.jsonl") > size_of(self._folder.record_path):
            raise SweepError(f'"{self._folder.name}" went on elsewhere just now; try again')
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
        self._ended.set()
        self._thread.join()
        self._folder.lease_path.unlink(missing_ok=True)
        try:
            self.send()
            self._remote.delete("lease.json")
            self.unsent = None
        except OSError as error:
            self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _run(self) -> None:
        while not self._ended.wait(_SEND_SECONDS):
            try:
                self._renew()
                self.send()
                if self._remote.has("stop"):
                    self._folder.stop_path.touch()
            except OSError as error:  # tried again in a moment; the copy has everything
                self.unsent = f"{self._remote.uri}: {first_line(error)}"

    def _renew(self) -> None:
        lease = {"host": platform.node(), "pid": os.getpid(), "time": time.time()}
        write_whole(self._folder.lease_path, json.dumps(lease))


def _files_of(folder: SweepFolder) -> Iterator[Path]:
    """All but weights and requests; the record first, since what else there is follows from it."""
    weights = folder.trial_path("")
    found = [path for path in folder.path.rglob("*") if path.is_file() and not path.is_relative_to(weights)]
    own = [path for path in found if not path.name.startswith(".") and path != folder.stop_path]
    yield from sorted(own, key=lambda path: path != folder.record_path)
