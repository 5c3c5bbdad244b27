"""The tuning curve: how good the best of so many trials is, of a search that draws them at random, with its band.

It holds for trials that are drawn alike and each by itself, so only for those of a random search, yardsticks aside.
What a sampler proposes follows from what it has seen, and no curve of this kind speaks of it. A trial that was cut
counts with what it had reached, as it does in the sweep itself; quasi-random trials are spread more evenly than the
band takes them to be, which makes it rather too wide.

Sources: Dodge et al. 2019, "Show Your Work", section 3; with bands: Lourie et al. 2024, "Show Your Work with
Confidence: Confidence Bands for Tuning Curves"; those of `opda` are of equal tails (Learned-Miller and DeStefano 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cnnmodels.metric_table import Mode
from reports.analysis.summary import is_never_pruned
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState

_FEWEST = 8  # random trials; the band of fewer says next to nothing
_CONFIDENCE = 0.9
_UNIT = ("accuracy", "miou", "iou", "jaccard", "f1", "ssim")  # metrics from 0 to 1 have these in their name
COLUMNS = ["trials", "low", "expected", "high"]


def tuning_curve(state: SweepState, spec: SweepSpec) -> pd.DataFrame:
    """One row a number of trials, up to as many as were drawn at random: trials, and the best of so many that is to be
    expected, low and high of its 90 % band (infinite where the metric is unbounded). Empty where they are too few."""
    objective = spec.space.objective
    values = [best[1] for trial in random_trials(state, spec) if (best := trial.best(objective.metric, objective.mode))]
    if len(values) < _FEWEST:
        return pd.DataFrame(columns=COLUMNS, dtype="float64")
    return curve_of(values, objective.mode, _bounds(objective.metric))


def random_trials(state: SweepState, spec: SweepSpec) -> list[TrialState]:
    """Those of the search that have ended and whose configuration was drawn without regard to what was seen before."""
    if not spec.is_search:
        return []
    searched = [trial for trial in state.searched.values() if trial.finished]
    alike = [trial for trial in searched if trial.reason != "failed" and not is_never_pruned(trial)]
    return [] if spec.space.budget.sampler == "tpe" else alike


def curve_of(values: Sequence[float], mode: Mode, bounds: tuple[float, float]) -> pd.DataFrame:
    """The curve of values that were drawn alike; columns as above."""
    from opda.nonparametric import EmpiricalDistribution  # it imports scipy.stats, and few reports come here

    ns = np.arange(1, len(values) + 1)
    low, expected, high = (
        one.average_tuning_curve(ns, minimize=mode == "min")
        for one in EmpiricalDistribution.confidence_bands(
            np.asarray(values), _CONFIDENCE, *bounds, method="ld_equal_tailed"
        )
    )
    bands = np.sort([low, high], axis=0)
    return pd.DataFrame({"trials": ns, "low": bands[0], "expected": expected, "high": bands[1]})


def _bounds(metric: str) -> tuple[float, float]:
    if any(word in metric for word in _UNIT):
        return 0.0, 1.0
    return (0.0 if metric.endswith("loss") else -math.inf), math.inf
