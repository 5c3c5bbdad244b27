"""A sweep's folder: where each file lies, and which sweeps there are.

Reads only; `tune_jobs` writes. Knows neither Ray nor torch.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout
from pydantic import ValidationError

from reports.records.errors import DamagedError, GoneError, NewerError, SweepError
from reports.records.newer import is_newer, newer_in_words, without_unknown
from reports.records.plain_files import read_plain
from reports.records.record import iter_events, refuse_newer
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, fold

LEASE_SECONDS = 60.0  # a driver elsewhere that gave no sign of life for so long is taken to be gone
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
TABLES = ("trials.csv", "trials.parquet")  # names of the table files beside a report


@dataclass(frozen=True)
class SweepFolder:
    """Names of the files of one sweep."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def spec_path(self) -> Path:
        return self.path / "sweep.json"

    @property
    def record_path(self) -> Path:
        return self.path / "record.jsonl"

    @property
    def journal_path(self) -> Path:
        return self.path / "study.journal"

    @property
    def lock_path(self) -> Path:
        return self.path / ".lock"

    @property
    def lease_path(self) -> Path:
        """Which machine's driver runs the sweep and when it said so last; only where locks do not reach, at a URI."""
        return self.path / "lease.json"

    @property
    def stop_path(self) -> Path:
        return self.path / "stop"

    @property
    def gallery_path(self) -> Path:
        return self.path / "gallery"

    @property
    def code_path(self) -> Path:
        """A copy of somebody's own code that the sweep runs, where there is any."""
        return self.path / "code"

    @property
    def report_path(self) -> Path:
        return self.path / "report.html"

    def trial_path(self, trial: str) -> Path:
        return self.path / "trials" / trial

    def exists(self) -> bool:
        """Whether there is a sweep, or a folder of somebody else that may be one."""
        try:
            return self.spec_path.is_file()
        except PermissionError:
            return True

    def spec(self) -> SweepSpec:
        """What the sweep is to do, as `sweep.json` holds it.

        Raises:
            DamagedError: the file is cut short, another program's, or may not be read.
            NewerError: a newer version has written it, and nothing of it is understood.
            GoneError: there is none any more.
        """
        try:
            return _spec_in(read_plain(self.spec_path), self.spec_path)
        except FileNotFoundError:
            raise GoneError(f"{self.spec_path}: was removed") from None
        except OSError as error:
            raise DamagedError(f"{self.spec_path}: cannot be read ({error.strerror}); nothing was changed") from error

    def state(self) -> SweepState:
        """What its record says.

        Raises:
            RecordError: it is damaged in its middle, or cannot be read.
        """
        return fold(iter_events(self.record_path))

    def refuse_newer(self) -> None:
        """Before a driver goes on with it, or another sweep tells it what it found.

        Raises:
            SweepError: a newer version has written to it.
        """
        if said := newer_in_words(self.spec().format):
            raise SweepError(f"{self.spec_path}: {said}; update cnn-tune to go on with this sweep")
        refuse_newer(self.record_path)


def _spec_in(content: bytes, path: Path) -> SweepSpec:
    try:
        return SweepSpec.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors()[0]
        reason = ".".join(map(str, problem["loc"])) or "it does not say what was asked"
    except RecursionError:
        reason = "it is nested too deeply"
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not is_newer(document):
        raise DamagedError(f"{path}: cannot be read ({reason}); nothing was changed")
    return _known_spec(document, path)


def _known_spec(document: dict[str, Any], path: Path) -> SweepSpec:
    """What is understood of a newer version's file."""
    said = newer_in_words(document["format"])
    while True:
        try:
            return SweepSpec.model_validate(document)
        except ValidationError as error:
            if not without_unknown(document, error):
                raise NewerError(f"{path}: {said}, which this version cannot read") from None


def is_running(folder: SweepFolder) -> bool:
    """Whether a driver holds the sweep, here or on another machine."""
    return is_held(folder) or other_driver(folder) is not None


def other_driver(folder: SweepFolder) -> str | None:
    """The machine whose driver holds the sweep's lease; None if none does."""
    try:
        lease = json.loads(read_plain(folder.lease_path))
        host, pid, age = str(lease["host"]), int(lease["pid"]), abs(time.time() - lease["time"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    gone = host == platform.node() and not psutil.pid_exists(pid)
    return host if age < LEASE_SECONDS and not gone else None


def is_held(folder: SweepFolder) -> bool:
    """Whether a driver on this machine, or on one that shares its files, holds the sweep's lock.

    It is taken for a moment; whoever starts a driver waits longer.
    """
    if not os.path.exists(folder.lock_path):  # noqa: PTH110  # which is no error where it may not be looked at
        return False
    lock = FileLock(folder.lock_path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # we may read the folder but not write in it
        return False
    lock.release()
    return False


def find_sweep(storage: Path, name: str, shown: str | None = None) -> SweepFolder:
    """The folder of a sweep by its name.

    Args:
        storage: the folder of sweeps.
        name: of the sweep.
        shown: what errors call the storage, where the folder is the copy of another place.

    Raises:
        SweepError: the name is not one a sweep can have, or there is no such sweep.
    """
    if not NAME.fullmatch(name):
        raise SweepError(f"{name!r} is not a sweep's name: letters, digits, `_`, `-`, `.`, at most 64, no path")
    folder, shown = SweepFolder(storage / name), shown or str(storage)
    if folder.exists() and _leads_out(folder, storage):
        raise SweepError(f"{shown}/{name}: a link that leaves {shown}; use --storage with the folder that it leads to")
    if not folder.exists():
        known = ", ".join(found.name for found in list_sweeps(storage)) or "none yet"
        raise SweepError(f"{shown}: no sweep called {name!r} here. Sweeps: {known}")
    return folder


def list_sweeps(storage: Path) -> list[SweepFolder]:
    """All sweeps under a storage folder, by name; links that leave it are not followed."""
    if not storage.is_dir():
        return []
    found = (SweepFolder(child) for child in sorted(storage.iterdir()) if child.name.isprintable())
    return [folder for folder in found if folder.exists() and not _leads_out(folder, storage)]


def _leads_out(folder: SweepFolder, storage: Path) -> bool:
    """Whether a file that is read of a sweep lies elsewhere."""
    paths = (folder.path, folder.spec_path, folder.record_path, folder.gallery_path)
    links = [path for path in paths if os.path.islink(path)]  # noqa: PTH114  # nor here
    return any(not path.resolve().is_relative_to(storage.resolve()) for path in links)
