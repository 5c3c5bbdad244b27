"""Every sweep of a storage folder in a line, kept in memory until a sweep's record changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from reports.analysis.summary import SweepRow, overview, row_of
from reports.records.errors import DamagedError, RecordError
from reports.records.folder import SweepFolder, is_running, list_sweeps

_POINTS = 60  # a sparkline shows about so many values

Version = tuple[int, ...]  # the times of change (ns) and sizes (bytes) of a sweep's files


@dataclass(frozen=True)
class Line:
    """One sweep of the list; without a row while its record has not been read yet."""

    name: str
    row: SweepRow | None
    epochs: int = 0  # all trials together trained so many
    slot_seconds: float = 0.0  # they took so many seconds of a slot
    progress: list[float] = field(default_factory=list)  # holds the best value so far, thinned


def version_of(folder: SweepFolder) -> Version:
    """What a sweep's pages depend on; changes when any of it does."""
    paths = (folder.spec_path, folder.record_path, folder.gallery_path / "gallery.json")
    found = [path.stat() if path.exists() else None for path in paths]
    return (*(part for stat in found for part in ((stat.st_mtime_ns, stat.st_size) if stat else (0, 0))),)


class SweepList:
    """The lines of all sweeps under a folder. Safe to ask from several threads."""

    def __init__(self, storage: Path) -> None:
        self._storage = storage
        self._known: dict[str, tuple[Version, bool, Line]] = {}
        self._lock = threading.Lock()

    def lines(self, patience_seconds: float) -> list[Line]:
        """A line for each sweep, the newest first. Records that changed are read again for so long; those that were
        not reached are given as they were last, or without a row, and are read at the next call."""
        with self._lock:
            deadline = time.monotonic() + patience_seconds
            lines = [self._line(folder, deadline) for folder in list_sweeps(self._storage)]
        return sorted(lines, key=lambda line: -(line.row.started if line.row else float("inf")))

    def _line(self, folder: SweepFolder, deadline: float) -> Line:
        version, known = version_of(folder), self._known.get(folder.name)
        running = known is None or known[0] != version or known[1]  # only then it is worth asking for the lock
        running = running and is_running(folder)
        if known is not None and known[:2] == (version, running):
            return known[2]
        if time.monotonic() > deadline:
            return known[2] if known is not None else Line(folder.name, None)
        line = _read(folder, running=running)
        self._known[folder.name] = (version, running, line)
        return line


def _read(folder: SweepFolder, *, running: bool) -> Line:
    try:
        spec, state = folder.spec(), folder.state()
        row, objective = row_of(folder.name, spec, state, running=running), spec.space.objective
    except (RecordError, DamagedError):  # `overview` says that it is damaged
        return Line(folder.name, overview(folder, running=running))
    events = state.epochs_in_order()
    sign, best, progress = 1 if objective.mode == "max" else -1, None, []
    for event in events:
        value = event.metrics.get(objective.metric)
        if value is not None and (best is None or sign * value > sign * best):
            best = value
        if best is not None:
            progress.append(best)
    step = max(1, len(progress) // _POINTS)
    spent = sum(sum(event.seconds.values()) for event in events)
    return Line(folder.name, row, len(events), spent, [*progress[::step], *progress[-1:]])
