"""By how much each knob mattered, with an interval, and which pairs of knobs act together: plain statistics on a table.

The search chose the trials, nobody randomised them: what a knob seems to do may be owed to another that was set along
with it. `tune ablate` changes one knob at a time and settles it.
"""

from __future__ import annotations

import itertools
import math
import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from reports.analysis.formatting import in_a_word
from reports.analysis.significance import half_width
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_FEWEST = 3  # the mean of a level with fewer trials does not count
_MIN_LEFT = 6  # an interaction with fewer degrees of freedom behind it is not tested
_BINS = 3  # the values of a range are put into so many bins


@dataclass(frozen=True)
class Level:
    """The trials that had a knob at one value, or within one third of its values."""

    label: str
    place: float | str  # on the knob's axis
    trials: int
    mean: float
    half_width: float  # half of the mean's 95 % interval


@dataclass(frozen=True)
class KnobEffect:
    """A knob's best level less its worst, others as the search chose them."""

    knob: str
    levels: list[Level]  # those with enough trials
    best: Level | None
    worst: Level | None
    difference: float  # above 0 whatever the direction; nan where there are no two levels
    low: float  # the 95 % interval begins here
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0


@dataclass(frozen=True)
class Interaction:
    """Two knobs whose effects do not add up."""

    one: str
    other: str
    p: float  # the F test's, with Holm's correction for all pairs


def knob_effects(table: pd.DataFrame, spec: SweepSpec) -> list[KnobEffect]:
    """The effect of each searched knob on trials compared at one epoch (importance.py), the largest first.

    The interval is Welch's for two means, Bonferroni's correction for the pairs of levels among which the best and the
    worst were picked.
    """
    mode = spec.space.objective.mode
    found = [_effect(table, knob, kind, mode) for knob, kind in spec.space.search.items()]
    return sorted(found, key=lambda effect: (not effect.shown, -np.nan_to_num(effect.difference, nan=-1.0)))


def _effect(table: pd.DataFrame, knob: str, parameter: Parameter, mode: str) -> KnobEffect:
    known = table.dropna(subset=[knob])
    groups = _groups(known, knob, parameter)
    levels = [
        Level(label, place, len(values), statistics.fmean(values), half_width(values))
        for label, place, values in groups
        if len(values) >= _FEWEST
    ]
    if len(levels) < 2:
        return KnobEffect(knob, levels, None, None, math.nan, math.nan, math.nan)
    ordered = sorted(levels, key=lambda level: level.mean, reverse=mode == "max")
    best, worst = ordered[0], ordered[-1]
    values = {label: group for label, _, group in groups}
    low, high = _welch(values[best.label], values[worst.label], pairs=math.comb(len(levels), 2))
    sign = 1 if mode == "max" else -1
    low, high = sorted((sign * low, sign * high))
    return KnobEffect(knob, levels, best, worst, abs(best.mean - worst.mean), low, high)


def _welch(ours: list[float], theirs: list[float], *, pairs: int) -> tuple[float, float]:
    if len({*ours, *theirs}) == 1:
        return 0.0, 0.0
    interval = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(1 - 0.05 / pairs)
    return float(interval.low), float(interval.high)


def _groups(table: pd.DataFrame, knob: str, parameter: Parameter) -> list[tuple[str, float | str, list[float]]]:
    """Label, place on the axis, and the trials' values, by level."""
    if isinstance(parameter, Choice):
        words = table[knob].map(in_a_word)
        wanted = [in_a_word(option) for option in parameter.choice]
        return [(word, word, table.loc[words == word, "value"].tolist()) for word in wanted]
    if table[knob].nunique() <= _BINS:
        values = sorted(table[knob].unique())
        return [(f"{value:g}", float(value), table.loc[table[knob] == value, "value"].tolist()) for value in values]
    ordered = table.sort_values(knob)
    logarithmic = parameter.is_logarithmic
    groups: list[tuple[str, float | str, list[float]]] = []
    for places in np.array_split(np.arange(len(ordered)), _BINS):
        part = ordered.iloc[places]
        if len(part):
            low, high = float(part[knob].min()), float(part[knob].max())
            middle = math.sqrt(low * high) if logarithmic else (low + high) / 2
            groups.append((f"{low:.3g} to {high:.3g}", middle, part["value"].tolist()))
    return groups


def interactions(table: pd.DataFrame, spec: SweepSpec) -> list[Interaction]:
    """Every pair of unconditional knobs that can be tested, the surest interaction first.

    An F test of the model with a mean for each pair of levels against the model in which the two effects add up; values
    of a range count by thirds. Pairs with too few trials in their cells are left out.
    """
    search = {knob: kind for knob, kind in spec.space.search.items() if not kind.when and knob in table.columns}
    levels = {knob: _coded(table, knob, kind) for knob, kind in search.items()}
    tested = [
        (one, other, p)
        for one, other in itertools.combinations(search, 2)
        if (p := _interaction_p(table["value"].to_numpy(float), levels[one], levels[other])) is not None
    ]
    tested.sort(key=lambda test: test[2])
    found, running = [], 0.0
    for place, (one, other, p) in enumerate(tested):
        running = max(running, min(1.0, p * (len(tested) - place)))
        found.append(Interaction(one, other, running))
    return found


def _coded(table: pd.DataFrame, knob: str, parameter: Parameter) -> NDArray[np.int64]:
    if isinstance(parameter, Choice):
        return pd.factorize(table[knob].map(in_a_word))[0].astype(np.int64)
    ranks = table[knob].rank(method="dense")
    return np.asarray((ranks - 1) * _BINS // ranks.max(), dtype=np.int64)


def _interaction_p(values: NDArray[np.float64], one: NDArray[np.int64], other: NDArray[np.int64]) -> float | None:
    cells = pd.factorize(pd.Series(list(zip(one, other, strict=True))))[0]
    additive = np.column_stack([np.ones(len(values)), _dummies(one), _dummies(other)])
    full = np.column_stack([np.ones(len(values)), _dummies(cells)])
    rank_additive, rank_full = np.linalg.matrix_rank(additive), np.linalg.matrix_rank(full)
    left = len(values) - rank_full
    if left < max(_MIN_LEFT, rank_full / 2) or rank_full <= rank_additive:
        return None
    within, between = _residual(full, values), _residual(additive, values)
    if within <= 0:
        return None
    statistic = ((between - within) / (rank_full - rank_additive)) / (within / left)
    return float(stats.f.sf(statistic, rank_full - rank_additive, left))


def _dummies(codes: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(codes[:, None] == np.unique(codes)[None, 1:], dtype=np.float64)


def _residual(design: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    solution = np.linalg.lstsq(design, values, rcond=None)[0]
    return float(np.sum((values - design @ solution) ** 2))
