"""ASHA's rungs as the record tells them: who was cut where, at what value against what cut-off, and whether rightly."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reports.analysis.summary import best_until
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective


@dataclass(frozen=True)
class Doubt:
    """How often a trial that was cut might have won, judged by what the trials that were kept still gained."""

    cut: int  # trials that were cut
    kept: int  # trials that went on from a rung to their end, the yardstick
    expected: float  # trials that were cut although they would have become the best
    likeliest: str | None  # the trial that might have won most likely
    chance: float  # how likely that is, from 0 to 1


def rung_table(state: SweepState, objective: Objective) -> pd.DataFrame:
    """One row a trial and rung at which trials were cut, in the order of arrival: rung (epochs), order (from 1), trial,
    value (the best until then), cut, cutoff (missing where it passed)."""
    rungs = sorted({trial.cut.rung for trial in _trials(state) if trial.cut})
    rows = []
    for rung in rungs:
        came = [trial for trial in _trials(state) if rung in trial.epochs]
        came.sort(key=lambda trial: trial.epochs[rung].time)
        for order, trial in enumerate(came, start=1):
            value = best_until(trial, objective, rung)
            cut = trial.cut if trial.cut and trial.cut.rung == rung else None
            if value is not None:
                rows.append((rung, order, trial.trial, value, cut is not None, cut.cutoff if cut else None))
    columns = ["rung", "order", "trial", "value", "cut", "cutoff"]
    return pd.DataFrame(rows, columns=columns).astype({"cutoff": "float64"})


def doubt(state: SweepState, objective: Objective) -> Doubt | None:
    """Would a trial that was cut have won? None where nothing was cut, or nobody was kept to compare with.

    Each kept trial says how much one may still gain after a rung. A cut trial's chance is the share of kept trials
    whose gain, added to its value at the cut, would have made it better than the best trial.
    """
    sign = 1 if objective.mode == "max" else -1
    ranked = state.ranked(objective.metric, objective.mode)
    cut = [trial for trial in ranked if trial.cut]
    kept = [trial for trial in ranked if trial.reason in ("completed", "stopped_early")]
    if not cut or not kept:
        return None
    top = ranked[0].best(objective.metric, objective.mode)
    assert top is not None
    rungs = {trial.cut.rung for trial in cut if trial.cut}
    gains = {rung: [gain for one in kept if (gain := _gain(one, objective, rung)) is not None] for rung in rungs}
    chances: dict[str, float] = {}
    for trial in cut:
        assert trial.cut is not None
        possible, value = gains[trial.cut.rung], best_until(trial, objective, trial.cut.rung)
        if possible and value is not None:
            winning = [gain for gain in possible if sign * (value + gain - top[1]) > 0]
            chances[trial.trial] = len(winning) / len(possible)
    likeliest = max(chances, key=lambda one: chances[one], default=None)
    chance = chances[likeliest] if likeliest is not None else 0.0
    return Doubt(len(cut), len(kept), sum(chances.values()), likeliest if chance else None, chance)


def _gain(trial: TrialState, objective: Objective, rung: int) -> float | None:
    final, then = trial.best(objective.metric, objective.mode), best_until(trial, objective, rung)
    return final[1] - then if final is not None and then is not None and max(trial.epochs) > rung else None


def _trials(state: SweepState) -> list[TrialState]:
    return list(state.trials.values())
