"""By how much each knob mattered, with an interval, and which pairs of knobs act together: plain statistics on a table.

The search chose the trials, nobody randomised them, so all knobs stand in one model (knob_model.py). What is found is a
hint: a knob may act otherwise together with another, or later in a run. `tune ablate` changes one knob at a time, in
whole runs, and shows it.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.distributions import normal_quantiles, student_quantile
from reports.analysis.formatting import in_a_word
from reports.analysis.knob_model import KnobModel, fitted
from reports.analysis.significance import Difference, half_width
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_FEWEST = 3  # the mean of a level with fewer trials does not count
_POWER, _LARGE = 0.8, 4.0  # a knob is visible if an effect of so many spreads would be found so often
_MOST = 0.4  # of a range, that the middle two thirds of its trials have to span; evenly drawn ones span two thirds
_LEVEL = 0.05  # of the intervals
_HINTED = 0.03  # of the tests: a sweep in which nothing matters gives any hint in 5 % at most (benchmarks/truth.py)
_BINS = 3  # the values of a range are put into so many bins


@dataclass(frozen=True)
class Level:
    """The trials that had a knob at one value, or within one third of its values."""

    label: str
    place: float | str  # on the knob's axis
    trials: int
    mean: float
    half_width: float  # half of the mean's 95 % interval
    ends: tuple[float, float] | None = None  # of its values, where they are a part of a range

    def holds(self, setting: Any) -> bool:
        """Whether a knob at that setting is at this level."""
        return in_a_word(setting) == self.label if self.ends is None else self.ends[0] <= setting <= self.ends[1]


@dataclass(frozen=True)
class Check:
    """What an ablation, which changes one knob at a time in whole runs, found of a hint."""

    ablation: str  # name of the sweep
    gain: Difference  # from the setting that the hint calls worse to that which it calls better, above 0 where so
    finding: Literal["shown", "not shown", "contradicted"]


@dataclass(frozen=True)
class KnobEffect:
    """A knob's best level less its worst, the other knobs being equal."""

    knob: str
    levels: list[Level]  # those with enough trials
    best: Level | None
    worst: Level | None
    difference: float  # above 0 whatever the direction; nan where there are no two levels
    low: float  # the 95 % interval begins here
    high: float
    p: float  # of the knob in the model of all, with Holm's correction for all knobs
    visible: bool  # whether its values were tried so evenly that an effect of 4 spreads between trials would be found
    at_first_rung: bool = False  # where it is a hint, since too few of its values came as far as the common epoch
    check: Check | None = None  # of what chance alone would hardly make as much of (checked_hints.py)

    @property
    def where(self) -> str:
        """What is said behind its name where it is no comparison at the common epoch."""
        return ", at the first rung" if self.at_first_rung else ""

    @property
    def is_beyond_chance(self) -> bool:
        """Whether chance alone would hardly make as much of it."""
        return self.low > 0 and self.p < _HINTED

    @property
    def withdrawn(self) -> bool:
        """Whether there was a hint, and an ablation contradicts it."""
        return self.is_beyond_chance and self.check is not None and self.check.finding == "contradicted"

    @property
    def hinted(self) -> bool:
        """Whether a report may give it as a hint."""
        return self.is_beyond_chance and not self.withdrawn


@dataclass(frozen=True)
class Interaction:
    """Two knobs whose effects do not add up."""

    one: str
    other: str
    p: float  # the F test's, with Holm's correction for all pairs

    @property
    def hinted(self) -> bool:
        """Whether a report may give it as a hint."""
        return self.p < _HINTED


def knob_effects(
    table: pd.DataFrame,
    spec: SweepSpec,
    hidden: Collection[str] = (),
    early: pd.DataFrame | None = None,
    hidden_early: Collection[str] = (),
) -> list[KnobEffect]:
    """The effect of each searched knob on trials compared at one epoch (compared.py), the largest first.

    A knob of which too few values came so far is compared at the first rung, where its bad values ended; where nothing
    is seen there, it stays not visible, since it may act later. Each knob is tested once, so that Holm's correction is
    for as many tests as there are knobs. The interval is Student's for a contrast of the model, with Bonferroni's
    correction for the pairs of levels among which the best and the worst were picked.

    Args:
        table: of the trials (compared.knob_table).
        spec: what the sweep is to do.
        hidden: knobs that cannot have acted by that epoch; they are in the model, and nothing is said of them.
        early: of the trials at the first rung, where that is before.
        hidden_early: knobs that cannot have acted by the first rung.
    """
    tested = [knob for knob in spec.space.search if knob not in hidden]
    found, at_first = _effects(table, spec, tested), dict[str, KnobEffect]()
    if early is not None:
        unseen = [knob for knob in tested if not found[knob].visible and knob not in hidden_early]
        at_first = {knob: one for knob, one in _effects(early, spec, unseen).items() if one.visible}
    p = holm({knob: effect.p for knob, effect in (found | at_first).items()})
    hints = {knob: replace(one, p=p[knob], at_first_rung=True) for knob, one in at_first.items()}
    hints = {knob: one for knob, one in hints.items() if one.is_beyond_chance}
    effects = [hints.get(knob, replace(effect, p=p[knob])) for knob, effect in found.items()]
    return sorted(effects, key=lambda effect: (not effect.hinted, -np.nan_to_num(effect.difference, nan=-1.0)))


def _effects(table: pd.DataFrame, spec: SweepSpec, knobs: Collection[str]) -> dict[str, KnobEffect]:
    """Of trials compared at one epoch, without a correction for the number of knobs."""
    model = fitted(table, spec.space)
    return {knob: _effect(table, knob, spec, model, model.p(knob) if model.is_sure else 1.0) for knob in knobs}


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Holm's correction: each p so much larger that any of them is below a level by chance as rarely as the level says.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    corrected, running = {}, 0.0
    for place, name in enumerate(sorted(p, key=lambda name: p[name])):
        running = max(running, min(1.0, p[name] * (len(p) - place)))
        corrected[name] = running
    return corrected


def _effect(table: pd.DataFrame, knob: str, spec: SweepSpec, model: KnobModel, p: float) -> KnobEffect:
    kind = spec.space.search[knob]
    groups = {label: (place, chosen) for label, place, chosen in _groups(table, knob, kind) if chosen.sum() >= _FEWEST}
    levels = [_level(label, place, table.loc[chosen], knob, kind) for label, (place, chosen) in groups.items()]
    if len(levels) < 2 or not model.is_sure:
        return KnobEffect(knob, levels, None, None, math.nan, math.nan, math.nan, p, visible=False)
    by_label = {level.label: level for level in levels}
    sign = 1 if spec.space.objective.mode == "max" else -1
    first = levels[0].label
    worth = {label: sign * model.contrast(knob, chosen, groups[first][1])[0] for label, (_, chosen) in groups.items()}
    best, worst = (by_label[pick(worth, key=lambda label: worth[label])] for pick in (max, min))
    difference, error = model.contrast(knob, groups[best.label][1], groups[worst.label][1])
    pairs = math.comb(len(levels), 2)
    half = error * student_quantile(1 - _LEVEL / 2 / pairs, model.left)
    low, high = sign * difference - half, sign * difference + half
    needed = student_quantile(1 - _HINTED / 2 / pairs / len(model.columns), model.left) + float(
        normal_quantiles(_POWER)
    )
    visible = needed * error <= _LARGE * model.spread and _covered(table[knob], groups, kind)
    return KnobEffect(knob, levels, best, worst, abs(difference), low, high, p, visible)


def _covered(values: pd.Series, groups: Collection[str], parameter: Parameter) -> bool:
    """Whether each choice was tried often enough, or most of a range at all: good trials that were let through may all
    have a knob at its best."""
    if isinstance(parameter, Choice):
        return len(groups) == len(parameter.choice)
    scale = math.log if parameter.is_logarithmic else float
    low, high = (scale(end) for end in parameter.ends())
    tried = pd.to_numeric(values.dropna()).quantile([1 / 6, 5 / 6]).map(scale)
    return float(tried.iloc[1] - tried.iloc[0]) >= _MOST * (high - low)


def _level(label: str, place: float | str, trials: pd.DataFrame, knob: str, kind: Parameter) -> Level:
    values, settings = trials["value"].tolist(), trials[knob]
    ends = None if isinstance(kind, Choice) else (float(settings.min()), float(settings.max()))
    return Level(label, place, len(values), statistics.fmean(values), half_width(values), ends)


def _groups(table: pd.DataFrame, knob: str, parameter: Parameter) -> list[tuple[str, float | str, NDArray[np.bool_]]]:
    """Label, place on the axis, and which trials are there, by level."""
    if isinstance(parameter, Choice):
        words = table[knob].map(in_a_word)
        known = table[knob].notna()
        wanted = [in_a_word(option) for option in parameter.choice]
        return [(word, word, (known & (words == word)).to_numpy()) for word in wanted]
    given = pd.to_numeric(table[knob]).to_numpy(float)
    distinct = np.unique(given[~np.isnan(given)])
    if len(distinct) <= _BINS:
        return [(f"{value:g}", float(value), given == value) for value in distinct]
    groups: list[tuple[str, float | str, NDArray[np.bool_]]] = []
    ordered = np.argsort(given, kind="stable")[: int(np.sum(~np.isnan(given)))]
    for places in np.array_split(ordered, _BINS):
        low, high = float(given[places].min()), float(given[places].max())
        middle = math.sqrt(low * high) if parameter.is_logarithmic else (low + high) / 2
        chosen = np.zeros(len(given), dtype=bool)
        chosen[places] = True
        groups.append((f"{low:.3g} to {high:.3g}", middle, chosen))
    return groups


def interactions(table: pd.DataFrame, spec: SweepSpec) -> list[Interaction]:
    """Every pair of unconditional knobs that can be tested, the surest interaction first.

    The model of all knobs against the one in which this pair of them may act together: the search chose the trials, so
    that a third knob could pass for two that do. Values of a range count by thirds, and only pairs of levels count that
    enough trials had; pairs of knobs without four of these in a square are left out.
    """
    search = {knob: kind for knob, kind in spec.space.search.items() if not kind.when and knob in table.columns}
    levels = {knob: _coded(table, knob, kind) for knob, kind in search.items()}
    model = fitted(table, spec.space)
    tested = [
        (one, other, p)
        for one, other in itertools.combinations(search, 2)
        if (together := _together(levels[one], levels[other])) is not None
        and (p := model.p_beside(_apart(levels[one], levels[other]), together)) is not None
    ]
    corrected = holm({f"{one} {other}": p for one, other, p in tested})
    tested.sort(key=lambda test: test[2])
    return [Interaction(one, other, corrected[f"{one} {other}"]) for one, other, _ in tested]


def _coded(table: pd.DataFrame, knob: str, parameter: Parameter) -> NDArray[np.int64]:
    if isinstance(parameter, Choice):
        return pd.factorize(table[knob].map(in_a_word))[0].astype(np.int64)
    ranks = table[knob].rank(method="dense")
    return np.asarray((ranks - 1) * _BINS // ranks.max(), dtype=np.int64)


def _apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """A column for each level of either knob."""
    return np.column_stack([codes == level for codes in (one, other) for level in np.unique(codes)]).astype(np.float64)


def _together(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """A column for each pair of levels that enough trials had, of the levels of which as many others have; None where
    these are no square of four."""
    cells = {
        cell: (one == cell[0]) & (other == cell[1]) for cell in set(zip(one.tolist(), other.tolist(), strict=True))
    }
    kept = {cell: chosen for cell, chosen in cells.items() if chosen.sum() >= _FEWEST}
    squares = [
        {(a, x), (a, y), (b, x), (b, y)}
        for (a, x), (b, y) in itertools.combinations(sorted(kept), 2)
        if a != b and x != y and (a, y) in kept and (b, x) in kept
    ]
    if not squares:
        return None
    in_a_square = sorted(set[tuple[int, int]]().union(*squares))
    return np.column_stack([kept[cell] for cell in in_a_square]).astype(np.float64)
