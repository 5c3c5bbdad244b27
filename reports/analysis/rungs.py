"""ASHA's rungs as the record tells them: who was cut where, at what value against what cut-off, and whether rightly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.analysis.distributions import beta_quantile
from reports.analysis.summary import best_until
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective

_FEWEST = 5  # trials that were let through, to bound anything by them


@dataclass(frozen=True)
class Doubt:
    """How often a trial that was cut might have won.

    What the kept trials still gained says it for trials like them. They were kept because they began well, and those
    that begin slowly gain more, so that the number that follows is too small where there are such. An upper bound comes
    from those alone that were let through although they were no better than some that were cut.
    """

    cut: int  # trials that were cut
    kept: int  # trials that went on from a rung to their end
    expected: float  # trials that were cut and would have become the best, had they gained as those did
    likeliest: str | None  # the trial that might have won most likely by that
    chance: float  # how likely that is, from 0 to 1
    let_through: int = 0  # of the kept, those that were no better at a rung than the best that was cut there
    won: int = 0  # how many of these became the best
    most: float | None = None  # cut trials that would have at most (95 %); None where too few were let through


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

    Each kept trial says how much one may still gain after a rung. A cut trial's chance by that is the share of kept
    trials whose gain, added to its value at the cut, would have made it better than the best trial. The upper bound
    does not need that they gain alike.
    """
    sign = 1 if objective.mode == "max" else -1
    ranked = [trial for trial in state.ranked(objective.metric, objective.mode) if trial.continues is None]
    cut = [trial for trial in ranked if trial.cut]
    kept = [trial for trial in ranked if trial.reason in ("completed", "stopped_early")]
    if not cut or not kept:
        return None
    top = ranked[0].best(objective.metric, objective.mode)
    assert top is not None
    rungs = {trial.cut.rung for trial in cut if trial.cut}
    gains = {
        rung: np.array([gain for one in kept if (gain := _gain(one, objective, rung)) is not None]) for rung in rungs
    }
    chances: dict[str, float] = {}
    for trial in cut:
        assert trial.cut is not None
        possible, value = gains[trial.cut.rung], best_until(trial, objective, trial.cut.rung)
        if len(possible) and value is not None:
            winning = np.count_nonzero(sign * (value + possible - top[1]) > 0)
            chances[trial.trial] = int(winning) / len(possible)
    likeliest = max(chances, key=lambda one: chances[one], default=None)
    chance = chances[likeliest] if likeliest is not None else 0.0
    poor = _let_through(cut, kept, objective)
    won = int(ranked[0] in poor)
    most = len(cut) * _at_most(won, len(poor)) if len(poor) >= _FEWEST else None
    expected = sum(chances.values())
    return Doubt(len(cut), len(kept), expected, likeliest if chance else None, chance, len(poor), won, most)


def _let_through(cut: list[TrialState], kept: list[TrialState], objective: Objective) -> list[TrialState]:
    """Kept trials that were no better at a rung than the best that was cut there: the first ones to come are not
    judged, and yardsticks never are."""
    sign = 1 if objective.mode == "max" else -1
    best_cut: dict[int, float] = {}
    for trial in cut:
        if trial.cut is not None and (value := best_until(trial, objective, trial.cut.rung)) is not None:
            best_cut[trial.cut.rung] = max(best_cut.get(trial.cut.rung, -math.inf), sign * value)
    return [
        trial
        for trial in kept
        if any(
            rung in trial.epochs and (value := best_until(trial, objective, rung)) is not None and sign * value <= best
            for rung, best in best_cut.items()
        )
    ]


def _at_most(won: int, of: int) -> float:
    """The largest share that such a count is still likely with (one-sided 95 % bound of Clopper and Pearson 1934)."""
    return 1.0 if won >= of else beta_quantile(0.95, won + 1, of - won)


def _gain(trial: TrialState, objective: Objective, rung: int) -> float | None:
    final, then = trial.best(objective.metric, objective.mode), best_until(trial, objective, rung)
    return final[1] - then if final is not None and then is not None and max(trial.epochs) > rung else None


def _trials(state: SweepState) -> list[TrialState]:
    return list(state.searched.values())
