"""Slots: how many trials run at once, and what each one gets. Pure arithmetic; Ray's nodes are handed in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search_spaces.schema import Resources
from tune_jobs.errors import SweepError


@dataclass(frozen=True)
class Slots:
    count: int  # trials at once
    cpus: int  # of each; its number of threads as well
    gpus: float  # of each; below 1 a share of one

    def in_words(self) -> str:
        threads = f"{self.cpus} thread{'s' if self.cpus > 1 else ''}"
        share = "no GPU" if not self.gpus else f"{self.gpus:g} GPU"
        return f"{self.count} trial{'s' if self.count > 1 else ''} at once, each with {threads} and {share}"


def plan(resources: Resources, nodes: Sequence[Mapping[str, float]]) -> Slots:
    """The slots that these nodes (their `CPU` and `GPU`) have for such trials.

    Raises:
        SweepError: no node has room for a single trial; the text says what was asked and what there is.
    """
    gpus_anywhere = sum(node.get("GPU", 0) for node in nodes)
    gpus = (1.0 if gpus_anywhere else 0.0) if resources.gpus == "auto" else float(resources.gpus)
    if gpus and not gpus_anywhere:
        raise SweepError(f"resources.gpus: asked {gpus:g} GPU, there are 0; set resources.gpus: 0 (or auto)")
    fitting = [_fits(node, resources.cpus, gpus) for node in nodes]
    if not any(fitting):
        raise SweepError(
            f"resources: no node has room for a trial of {resources.cpus} CPUs and {gpus:g} GPUs; the nodes have "
            + "; ".join(f"{node.get('CPU', 0):g} CPUs, {node.get('GPU', 0):g} GPUs" for node in nodes)
        )
    return Slots(sum(fitting), resources.cpus, gpus)


def _fits(node: Mapping[str, float], cpus: int, gpus: float) -> int:
    by_cpu = math.floor(node.get("CPU", 0) / cpus)
    if not gpus:
        return by_cpu
    cards = node.get("GPU", 0)
    return min(by_cpu, math.floor(cards) * math.floor(1 / gpus + 1e-9) if gpus < 1 else math.floor(cards / gpus))
