"""A search in virtual time: workers that take the next epoch from a table instead of training it.

Knows no sampler and no pruner: a `Search` says what a free worker does, and hears of every epoch.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Protocol

from benchmarks.replay.spaces import EPOCHS
from benchmarks.replay.table import CurveTable


@dataclass(frozen=True)
class Job:
    """What a worker is to do: a configuration from an epoch on, until it is told to stop or at its last epoch."""

    trial: str
    configuration: int  # its place in the table
    first_epoch: int = 1  # later where a trial goes on that had been paused


class Search(Protocol):
    """Whatever proposes configurations and decides how long each one is trained."""

    def next(self) -> Job | None:
        """What a free worker does; None: nothing at present."""

    def hear(self, job: Job, epoch: int, value: float | None) -> bool:
        """Hear of an epoch, whose value is None where the run diverged in it; whether the worker is free now."""

    def close(self) -> None:
        """Give up whatever it holds."""


@dataclass(frozen=True)
class Seen:
    """One epoch that was trained, in the order of their ends."""

    configuration: int
    epoch: int
    value: float | None
    time: float  # virtual seconds since the start


def replay(search: Search, table: CurveTable, seeds: list[int], *, workers: int, epochs: int) -> list[Seen]:
    """Run a search until so many epochs are trained, or nothing is left to do.

    Args:
        search: a fresh one.
        table: what an epoch gives, and how long it takes.
        seeds: which of its seeds each configuration is trained with.
        workers: how many train at once.
        epochs: the budget; what still runs when it is spent is left where it is.
    """
    history: list[Seen] = []
    ends: list[tuple[float, int, Job, int]] = []  # time, a number that breaks ties, job, epoch
    free, time, number = workers, 0.0, 0
    while len(history) < epochs:
        while free and (job := search.next()):
            heapq.heappush(ends, (time + _seconds(table, seeds, job), number, job, job.first_epoch))
            free, number = free - 1, number + 1
        if not ends:
            break
        time, _, job, epoch = heapq.heappop(ends)
        curve = table.curves[job.configuration][seeds[job.configuration]]
        value = curve[epoch - 1] if epoch <= len(curve) else None
        history.append(Seen(job.configuration, epoch, value, time))
        if search.hear(job, epoch, value) or epoch == EPOCHS or value is None:
            free += 1
        else:
            heapq.heappush(ends, (time + _seconds(table, seeds, job), number, job, epoch + 1))
            number += 1
    return history


def _seconds(table: CurveTable, seeds: list[int], job: Job) -> float:
    return table.seconds[job.configuration][seeds[job.configuration]]
