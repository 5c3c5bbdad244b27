"""Where the time went: what each slot did when, from the record's events."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from reports.records.record import EpochEnded, Event, SweepStarted, TrialEnded, TrialStarted

PHASES = ("start-up", "data", "training", "validation", "checkpoint", "idle")
_OF_SECONDS = {"data": "data", "train": "training", "validate": "validation", "checkpoint": "checkpoint"}
_COLUMNS = ["slot", "trial", "phase", "begin", "end"]


@dataclass
class _Run:
    """A trial on a slot, until now."""

    slot: str
    last: float  # the end of what is known to have happened, in seconds since 1970
    epochs: int = 0


def timeline(events: Iterable[Event]) -> pd.DataFrame:
    """One row a phase of an epoch: slot ("node 0"), trial, phase, begin and end (minutes since the launch).

    Idle are the gaps of a slot while a driver ran, from its start to its last word; the time between two drivers is
    nobody's. What a worker does before a trial's first epoch (process, imports, mapping the images, building and
    compiling the network) is start-up; between later epochs a worker waits for the driver, which is idle.
    """
    rows: list[tuple[str, str, str, float, float]] = []
    periods: list[list[float]] = []  # holds the start and the last word of each driver, in seconds since 1970
    running: dict[str, _Run] = {}
    for event in events:
        if isinstance(event, SweepStarted):
            periods.append([event.time, event.time])
            running.clear()
        if periods:
            periods[-1][1] = max(periods[-1][1], event.time)
        if isinstance(event, TrialStarted):
            running[event.trial] = _Run(f"{event.node} {event.slot}", event.time)
        elif isinstance(event, TrialEnded):
            running.pop(event.trial, None)
        elif isinstance(event, EpochEnded) and event.trial in running:
            rows += _phases(running[event.trial], event)
    rows += _idle(rows, periods)
    origin = periods[0][0] if periods else 0.0
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"begin": "float64", "end": "float64"})
    return table.assign(begin=(table["begin"] - origin) / 60, end=(table["end"] - origin) / 60)


def _phases(run: _Run, event: EpochEnded) -> list[tuple[str, str, str, float, float]]:
    """An epoch's phases, laid end to end up to the moment at which the driver heard of it."""
    lasted = {phase: event.seconds.get(name, 0.0) for name, phase in _OF_SECONDS.items()}
    at = max(run.last, event.time - sum(lasted.values()))
    rows = [(run.slot, event.trial, "start-up", run.last, at)] if run.epochs == 0 and at > run.last else []
    for phase, seconds in lasted.items():
        end = min(at + seconds, event.time)
        if end > at:
            rows.append((run.slot, event.trial, phase, at, end))
        at = max(at, end)
    run.last, run.epochs = event.time, run.epochs + 1
    return rows


def _idle(
    rows: list[tuple[str, str, str, float, float]], periods: list[list[float]]
) -> list[tuple[str, str, str, float, float]]:
    gaps = []
    for slot in sorted({row[0] for row in rows}):
        busy = sorted((begin, end) for name, _, _, begin, end in rows if name == slot)
        for start, finish in periods:
            within = [(begin, end) for begin, end in busy if begin >= start - 1e-6 and end <= finish + 1e-6]
            if not within:
                continue  # the slot was not this driver's
            edges = [(start, start), *within, (finish, finish)]
            for (_, before), (after, _) in itertools.pairwise(edges):
                if after - before > 1e-3:
                    gaps.append((slot, "", "idle", before, after))
    return gaps


def minutes_by_phase(table: pd.DataFrame) -> dict[str, float]:
    """Slot-minutes of each phase, in the order of PHASES."""
    lasted = (table["end"] - table["begin"]).groupby(table["phase"]).sum()
    return {phase: float(lasted.get(phase, 0.0)) for phase in PHASES}
