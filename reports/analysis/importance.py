"""The importance of each knob, among trials compared at one epoch (compared.py), and how sure it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from reports.records.spec import SweepSpec

MIN_TRIALS = 8  # an importance among fewer trials is noise
_MOST_RESAMPLES, _FEWEST_RESAMPLES = 100, 25
_TRIALS_IN_ALL = 12_500  # of all resamples together, since a report of 500 trials may take them a second


@dataclass(frozen=True)
class Share:
    """What one knob has of the importance of all."""

    share: float  # of 1
    low: float  # the 95 % interval begins here: by how much other trials of the same search would have moved it
    high: float
    chance: float  # a knob's share of a metric that was dealt out anew is below it in 97.5 % of cases

    @property
    def stands_out(self) -> bool:
        """Whether its interval lies above what it gets of a metric that knows nothing of knobs."""
        return self.low > self.chance

    def in_words(self) -> str:
        return f"{self.share:.0%} [{self.low:.0%}, {self.high:.0%}]"


def importance(table: pd.DataFrame, spec: SweepSpec, hidden: Collection[str] = ()) -> dict[str, Share]:
    """Share of each unconditional knob in what told good trials from the others, largest first; the hidden ones, which
    cannot have acted yet, have none.

    The interval is Student's, with the spread of the share over trials drawn anew from the table (bootstrap); chance is
    the same end of the shares of values dealt out anew (permutation). The draws are the same at every call.

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

    ranked, rng, trials = PedAnova(table, spec.space, always), np.random.default_rng(0), len(table)
    resamples = max(_FEWEST_RESAMPLES, min(_MOST_RESAMPLES, _TRIALS_IN_ALL // trials))
    shares, values = ranked.shares(), table["value"].to_numpy(float)
    drawn = np.array([ranked.shares(rows=rng.integers(0, trials, trials)) for _ in range(resamples)])
    dealt = np.array([ranked.shares(values=rng.permutation(values)) for _ in range(resamples)])
    wide = float(stats.t.ppf(0.975, resamples - 1))
    half = wide * drawn.std(axis=0, ddof=1)
    chance = dealt.mean(axis=0) + wide * dealt.std(axis=0, ddof=1)
    found = {
        knob: Share(*(float(part) for part in parts))
        for knob, *parts in zip(
            always,
            shares,
            np.maximum(shares - half, 0),
            np.minimum(shares + half, 1),
            np.minimum(chance, 1),
            strict=True,
        )
    }
    return dict(sorted(found.items(), key=lambda item: -item[1].share))
