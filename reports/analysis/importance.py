"""The importance of each knob, among trials compared at one epoch (compared.py), and how sure it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.distributions import student_quantile
from reports.records.spec import SweepSpec

if TYPE_CHECKING:
    from reports.analysis.ped_anova import PedAnova  # loads Optuna

Floats = NDArray[np.float64]

MIN_TRIALS = 8  # an importance among fewer trials is noise
_MOST_RESAMPLES, _FEWEST_RESAMPLES = 50, 25
_TRIALS_IN_ALL = 12_500  # of all resamples together, since a report of 500 trials may take them a second


@dataclass(frozen=True)
class Share:
    """What one knob has of the importance of all."""

    share: float  # of 1
    low: float  # the 95 % interval begins here
    high: float
    chance: float  # in 97.5 % of cases less is made of the knob where the metric is dealt out anew among the trials

    @property
    def stands_out(self) -> bool:
        """Whether its interval lies above what it gets of a metric that knows nothing of knobs."""
        return self.low > self.chance

    def in_words(self) -> str:
        return f"{self.share:.0%} [{self.low:.0%}, {self.high:.0%}]"


def importance(table: pd.DataFrame, spec: SweepSpec, hidden: Collection[str] = ()) -> dict[str, Share]:
    """Share of each unconditional knob in what told good trials from the others, largest first; the hidden ones, which
    cannot have acted yet, have none.

    The interval is of what sweeps of as many trials would give on average: Student's, with the spread of the share over
    trials drawn anew from the table (bootstrap), and at its upper end no lower than theirs, since small shares are
    skewed. Fewer trials press a large share down, so that it is no interval of what endless trials would give. What is
    made of a knob by chance, as a part of all that was found, is known from values dealt out anew (permutation). The
    draws are the same at every call.

    Returns:
        Shares that add up to 1; nothing for fewer than 8 trials.

    Source: PED-ANOVA (Watanabe et al. 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
    Subspaces"), as Optuna computes it; Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 12. A
    knob with a condition is not compared with those that always count.
    """
    candidates = [knob for knob, kind in spec.space.search.items() if not kind.when and knob not in hidden]
    always = [knob for knob in candidates if len(set(map(str, table[knob]))) > 1]
    if len(table) < MIN_TRIALS or not always:
        return {}
    from reports.analysis.ped_anova import PedAnova

    found = _intervals(PedAnova(table, spec.space, always), table["value"].to_numpy(float))
    return dict(sorted(zip(always, found, strict=True), key=lambda item: -item[1].share))


def _intervals(ranked: PedAnova, values: Floats) -> list[Share]:
    """The share of each knob, from the trials as they are and from resamples of them."""
    rng, trials = np.random.default_rng(0), len(values)
    resamples = max(_FEWEST_RESAMPLES, min(_MOST_RESAMPLES, _TRIALS_IN_ALL // trials))
    wide = student_quantile(0.975, resamples - 1)
    found = ranked.importance()
    drawn = np.array([_shares(ranked.importance(rows=rng.integers(0, trials, trials))) for _ in range(resamples)])
    dealt = np.array([ranked.importance(values=rng.permutation(values)) for _ in range(resamples)])
    shares, half = _shares(found), wide * drawn.std(axis=0, ddof=1)
    high = np.maximum(shares + half, np.quantile(drawn, 0.975, axis=0))
    by_chance = dealt.mean(axis=0) + wide * dealt.std(axis=0, ddof=1)
    chance = by_chance / found.sum() if found.sum() > 0 else np.ones(len(found))
    ends = (shares - half).clip(0), high.clip(max=1), chance.clip(max=1)
    return [Share(*parts) for parts in zip(shares.tolist(), *(end.tolist() for end in ends), strict=True)]


def _shares(found: Floats) -> Floats:
    """Parts of 1; equal ones where all trials are equally good."""
    return found / found.sum() if found.sum() > 0 else np.full(len(found), 1 / len(found))
