"""The strategies that are compared, by name. A new one is a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.replay.clock import Search
from benchmarks.replay.mixture import PriorMixture
from benchmarks.replay.ours import OurSearch, SamplerMaker, TableSampler, study_in_memory
from benchmarks.replay.peers import OptunaHyperband, RaySearch
from benchmarks.replay.promotion import Promotion
from benchmarks.replay.proposals import TabulatedStudy
from benchmarks.replay.quasi_start import quasi_start
from benchmarks.replay.table import CurveTable
from reports.records.spec import SweepSpec

Strategy = Callable[[CurveTable, int], Search]  # makes a search from a table and a seed

PRESENT = "tpe, grace 3"  # a ninth of the epochs; what the others are compared with
_ASHA = {"pruner": "asha", "reduction_factor": 3, "grace_epochs": 1}


def _of(sampler: str, table: CurveTable, silent_epochs: int = 0) -> SamplerMaker:
    def make(spec: SweepSpec, journal: Path) -> TableSampler:
        return TabulatedStudy(study_in_memory(sampler, spec, journal), table, silent_epochs=silent_epochs)

    return make


def _ours(sampler: str, silent_epochs: int = 0, **budget: Any) -> Strategy:
    return lambda table, seed: OurSearch(table, _of(sampler, table, silent_epochs), {**_ASHA, **budget}, seed)


def _quasi_start(table: CurveTable, seed: int) -> Search:
    return OurSearch(table, lambda spec, journal: TabulatedStudy(quasi_start(spec, journal), table), _ASHA, seed)


def _mixture(**budget: Any) -> Strategy:
    return lambda table, seed: OurSearch(
        table, lambda spec, journal: PriorMixture(table, spec.seed), {**_ASHA, **budget}, seed
    )


STRATEGIES: dict[str, Strategy] = {
    "random, never cut": _ours("random", reduction_factor=None),
    "tpe, never cut": _ours("tpe", reduction_factor=None),
    "random, grace 1": _ours("random"),
    "random, grace 9": _ours("random", grace_epochs=9),
    "tpe, grace 1": _ours("tpe"),
    "tpe, grace 2": _ours("tpe", grace_epochs=2),
    PRESENT: _ours("tpe", grace_epochs=3),
    "tpe, grace 5": _ours("tpe", grace_epochs=5),
    "tpe, grace 9": _ours("tpe", grace_epochs=9),
    "tpe, median from 3": _ours("tpe", grace_epochs=3, pruner="median"),
    "tpe, grace 1, first cuts untold": _ours("tpe", silent_epochs=1),
    "tpe, grace 1, promoted": lambda table, seed: Promotion(table, _of("tpe", table), _ASHA, seed),
    "quasi-random start, grace 1": _quasi_start,
    "quasi-random, grace 1": _ours("quasi-random"),
    "around the default, grace 1": _mixture(),
    "around the default, grace 3": _mixture(grace_epochs=3),
    "Optuna: TPE, Hyperband": OptunaHyperband,
    "Ray Tune: OptunaSearch, ASHA": lambda table, seed: RaySearch(table, seed, default_first=False),
    "Ray Tune, the default first": lambda table, seed: RaySearch(table, seed, default_first=True),
}
