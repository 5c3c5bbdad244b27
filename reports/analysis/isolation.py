"""How good a trial was found at each setting of a knob, the other knobs being free to be at their best.

Source: Godbole et al. 2023, "Deep Learning Tuning Playbook" (isolation plots).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.analysis.formatting import in_a_word
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_TRIALS_A_BIN, _FEWEST_BINS, _MOST_BINS = 5, 3, 8
FEW = 3  # the best of fewer trials says little of what can be reached there


@dataclass(frozen=True)
class BestAt:
    """The best of the trials that had a knob at one value, or within one part of its range."""

    label: str
    place: float | str  # the best trial's, on the knob's axis
    value: float
    trial: str
    trials: int  # among so many it is the best


def best_by_setting(table: pd.DataFrame, knob: str, spec: SweepSpec) -> list[BestAt]:
    """Of each setting that was tried, in their order: a choice or whole number by itself, a range in equal parts.

    Args:
        table: of the trials (compared.knob_table).
        knob: a searched one.
        spec: which direction is better, and what the knob may be.
    """
    kind, known = spec.space.search[knob], table.dropna(subset=[knob])
    labels = known[knob].map(in_a_word) if isinstance(kind, Choice) else _parts(pd.to_numeric(known[knob]), kind)
    order = [in_a_word(option) for option in kind.choice] if isinstance(kind, Choice) else sorted(set(labels))
    found = []
    for label in order:
        there = known[labels == label]
        if there.empty:
            continue
        values = there["value"]
        best = there.iloc[int(values.argmax() if spec.space.objective.mode == "max" else values.argmin())]
        place = best[knob] if not isinstance(kind, Choice) else label
        found.append(BestAt(_name(there[knob], label), place, float(best["value"]), str(best["trial"]), len(there)))
    return found


def _parts(values: pd.Series, kind: Parameter) -> pd.Series:
    """The number of the part of the range that each value lies in; few values that occur are a part each."""
    if values.nunique() <= _FEWEST_BINS:
        return values.rank(method="dense").astype(int)
    scale = math.log if kind.is_logarithmic else float
    low, high = (scale(end) for end in kind.ends())
    bins = int(np.clip(len(values) // _TRIALS_A_BIN, _FEWEST_BINS, _MOST_BINS))
    places = (values.map(scale) - low) / (high - low)
    return (places * bins).clip(0, bins - 1).astype(int)


def _name(settings: pd.Series, label: object) -> str:
    if isinstance(label, str):
        return label
    low, high = float(settings.min()), float(settings.max())
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
