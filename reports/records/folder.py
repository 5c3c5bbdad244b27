"""A sweep's folder: where each file lies, and which sweeps there are.

Reads only; `tune_jobs` writes. Knows neither Ray nor torch.
"""

from __future__ import annotations

import json
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from pydantic import ValidationError

from reports.records.errors import DamagedError, SweepError
from reports.records.record import read_events
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
    def report_path(self) -> Path:
        return self.path / "report.html"

    def trial_path(self, trial: str) -> Path:
        return self.path / "trials" / trial

    def exists(self) -> bool:
        return self.spec_path.is_file()

    def spec(self) -> SweepSpec:
        """What the sweep is to do, as `sweep.json` holds it.

        Raises:
            DamagedError: the file is cut short, or another program's.
        """
        try:
            return SweepSpec.model_validate_json(self.spec_path.read_bytes())
        except ValidationError as error:
            problem = error.errors()[0]
            reason = ".".join(map(str, problem["loc"])) or "it does not say what was asked"
        except (OSError, RecursionError) as error:
            reason = str(error.strerror) if isinstance(error, OSError) else "it is nested too deeply"
        raise DamagedError(f"{self.spec_path}: cannot be read ({reason}); nothing was changed")

    def state(self) -> SweepState:
        return fold(read_events(self.record_path))


def is_running(folder: SweepFolder) -> bool:
    """Whether a driver holds the sweep, here or on another machine."""
    return is_held(folder) or other_driver(folder) is not None


def other_driver(folder: SweepFolder) -> str | None:
    """The machine whose driver holds the sweep's lease; None if none does."""
    try:
        lease = json.loads(folder.lease_path.read_text())
        host, pid, age = str(lease["host"]), int(lease["pid"]), abs(time.time() - lease["time"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    gone = host == platform.node() and not psutil.pid_exists(pid)
    return host if age < LEASE_SECONDS and not gone else None


def is_held(folder: SweepFolder) -> bool:
    """Whether a driver on this machine, or on one that shares its files, holds the sweep's lock.

    It is taken for a moment; whoever starts a driver waits longer.
    """
    if not folder.lock_path.exists():
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
    links = [path for path in paths if path.is_symlink()]
    return any(not path.resolve().is_relative_to(storage.resolve()) for path in links)
