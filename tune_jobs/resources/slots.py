"""Slots: how many trials run at once, and what each one gets. This is pure arithmetic over nodes that are handed in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.records.errors import SweepError
from search_spaces.schema import Resources

_MOST_AHEAD = 16  # each imports torch, and what they would wait for is not long


class HasRoom(Protocol):
    """What slots need to know of a machine."""

    @property
    def cpus(self) -> float: ...
    @property
    def gpus(self) -> float: ...


class HasName(HasRoom, Protocol):
    """The same of a node, which people know by its name."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Slots:
    count: int  # So many trials run at once.
    cpus: int  # Each trial has so many cores, and as many threads.
    gpus: float  # Each trial has so many GPUs; a number below 1 is a share of one.

    def in_words(self) -> str:
        threads = f"{self.cpus} thread{'s' if self.cpus > 1 else ''}"
        share = "no GPU" if not self.gpus else f"{self.gpus:g} GPU"
        return f"{self.count} trial{'s' if self.count > 1 else ''} at once, each with {threads} and {share}"


def allocate(resources: Resources, nodes: Sequence[HasName], measured: float | None = None) -> Slots:
    """The slots that these nodes have for such trials.

    Args:
        resources: what a trial asks for.
        nodes: the machines.
        measured: the share of a GPU that `gpus: auto` stands for; None stands for a whole one.

    Raises:
        SweepError: no node has room for a single trial; the text says what was asked, what each node has, and the
            largest trial that would fit.
    """
    anywhere = any(node.gpus for node in nodes)
    gpus = (measured or 1.0 if anywhere else 0.0) if resources.gpus == "auto" else float(resources.gpus)
    count = room(nodes, resources.cpus, gpus)
    if count:
        return Slots(count, resources.cpus, gpus)
    if gpus and not anywhere:
        raise SweepError(f"resources.gpus: asked {gpus:g} GPU, there are 0; set resources.gpus: 0 (or auto)")
    have = "; ".join(f"{node.name} {node.cpus:g} CPUs, {node.gpus:g} GPUs" for node in nodes)
    largest = max(nodes, key=lambda node: (min(node.gpus, gpus), node.cpus))
    fits = f"cpus: {max(1, math.floor(largest.cpus))}, gpus: {min(gpus, math.floor(largest.gpus)):g}"
    raise SweepError(
        f"resources: no node has room for a trial of {resources.cpus} CPUs and {gpus:g} GPUs; the nodes have {have}; "
        f"what would fit is {{{fits}}}"
    )


def room(nodes: Sequence[HasRoom], cpus: int, gpus: float) -> int:
    """How many trials of that size fit on these nodes."""
    return sum(_fits(node, cpus, gpus) for node in nodes)


def workers_ahead(resources: Resources, trials: int | None, cores: int, gpus: int) -> int:
    """How many workers of a machine are worth starting before it is known how many trials share a GPU.

    Args:
        resources: what a trial asks for.
        trials: how many there are to be, where that is known.
        cores: of the machine.
        gpus: of the machine.
    """
    share = 0.0 if resources.gpus == "auto" else float(resources.gpus)
    return min(_fits(_Machine(cores, gpus), resources.cpus, share), trials or _MOST_AHEAD, _MOST_AHEAD)


def idle_share(resources: Resources) -> str | None:
    """What a share leaves unused, in words; None where it leaves nothing."""
    if resources.gpus == "auto" or resources.gpus in (0, 1):
        return None
    if resources.gpus > 1:
        return f"a trial trains on one GPU; {resources.gpus - 1:g} of its {resources.gpus:g} idle"
    trials = math.floor(1 / resources.gpus + 1e-9)
    idle = 1 - trials * resources.gpus
    return f"{resources.gpus:g} fits {trials} per GPU, {idle:.0%} idle" if idle > 0.005 else None


@dataclass(frozen=True)
class _Machine:
    cpus: float
    gpus: float


def _fits(node: HasRoom, cpus: int, gpus: float) -> int:
    by_cpu = math.floor(node.cpus / cpus)
    if not gpus:
        return by_cpu
    by_gpu = math.floor(node.gpus) * math.floor(1 / gpus + 1e-9) if gpus < 1 else math.floor(node.gpus / gpus)
    return min(by_cpu, by_gpu)
