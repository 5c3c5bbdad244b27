"""CurveTable: the tabulated learning curves of one task. Untried: which of its configurations a search has left.

Knows no sampler and no clock.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.replay.spaces import TASKS
from search_spaces.parameters import Parameter
from search_spaces.schema import SearchSpace

Curve = list[float]  # the objective of each epoch; shorter than the others where the run diverged


@dataclass(frozen=True)
class CurveTable:
    """Every configuration with its curve for each seed; all by the configuration's place in the table."""

    space: SearchSpace
    configurations: list[dict[str, Any]]  # searched knobs in effect
    curves: list[list[Curve]]  # [configuration][seed][epoch - 1]
    seconds: list[list[float]]  # [configuration][seed], of a typical epoch

    @property
    def sign(self) -> int:
        """1 where a larger objective is better, else -1."""
        return 1 if self.space.objective.mode == "max" else -1

    def peak(self, configuration: int, seed: int) -> float:
        """The value at the best epoch of a whole run, times the sign: larger is better."""
        curve = [self.sign * value for value in self.curves[configuration][seed] if math.isfinite(value)]
        return max(curve, default=-math.inf)

    def worths(self) -> NDArray[np.float64]:
        """What each configuration is worth: its best epoch, mean over seeds, larger is better.

        One that diverged before it had a value is worth as little as the worst of the others.
        """
        peaks = np.array([[self.peak(one, seed) for seed in range(len(runs))] for one, runs in enumerate(self.curves)])
        finite = np.where(np.isfinite(peaks), peaks, peaks[np.isfinite(peaks)].min())
        worths: NDArray[np.float64] = finite.mean(axis=1)
        return worths


def load_table(folder: Path, task: str, images: Path = Path("images")) -> CurveTable:
    """One task of the tables that `benchmarks/curves.py` wrote."""
    listed = pd.read_parquet(folder / "configurations.parquet").query("task == @task").sort_values("configuration")
    epochs = pd.read_parquet(folder / "epochs.parquet").query("task == @task").sort_values("epoch")
    runs = dict(list(epochs.groupby(["configuration", "seed"])))
    seeds = sorted(epochs["seed"].unique())
    typical = float(epochs["seconds"].median())
    curves, seconds = [], []
    for number in listed["configuration"]:
        of_seeds = [runs.get((number, seed)) for seed in seeds]
        curves.append([[] if run is None else run["value"].astype(float).tolist() for run in of_seeds])
        seconds.append([typical if run is None else float(run["seconds"].median()) for run in of_seeds])
    configurations = [json.loads(text) for text in listed["values"]]
    return CurveTable(TASKS[task].space(images), configurations, curves, seconds)


class Untried:
    """The configurations of a table that a search has not taken yet."""

    def __init__(self, table: CurveTable) -> None:
        self._table = table
        self._knobs = list(table.space.search.items())
        self._places = np.array([self._place(values) for values in table.configurations])
        self._choices = np.array([knob.kind == "choice" for _, knob in self._knobs])
        self._left = np.ones(len(self._places), dtype=bool)

    def is_empty(self) -> bool:
        return not self._left.any()

    def take_nearest(self, wanted: Mapping[str, Any]) -> int | None:
        """Take the nearest configuration that is left; None if none is.

        The distance is that of `tune_jobs.search.unseen`: the part of its range that lies between two values, on a
        logarithmic axis where the range has one; 1 for each choice that differs and each knob that only one has.
        """
        if self.is_empty():
            return None
        place = self._place(wanted)
        between = np.abs(self._places - place)  # [configurations, knobs]
        between[:, self._choices] = between[:, self._choices] > 0
        between[np.isnan(self._places) != np.isnan(place)] = 1.0
        between[np.isnan(self._places) & np.isnan(place)] = 0.0
        apart = between.sum(axis=1)
        taken = int(np.argmin(np.where(self._left, apart, np.inf)))
        self._left[taken] = False
        return taken

    def _place(self, values: Mapping[str, Any]) -> NDArray[np.float64]:
        return np.array([_coordinate(knob, values[name]) if name in values else np.nan for name, knob in self._knobs])


def _coordinate(knob: Parameter, value: Any) -> float:
    """Of a choice its number, of a range the part of it that lies below."""
    ends = knob.ends()
    if knob.kind == "choice":
        return float(ends.index(value))
    scale = math.log if knob.is_logarithmic else float
    return (scale(value) - scale(ends[0])) / (scale(ends[-1]) - scale(ends[0]))
