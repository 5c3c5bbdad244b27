"""Which trials fail a constraint, and so cannot be the best, in words. Plain Python, so that `tune show` is quick."""

from __future__ import annotations

from collections import Counter

from reports.analysis.formatting import number
from reports.records.state import SweepState, TrialState
from search_spaces.constraints import failing
from search_spaces.schema import Objective


def ended_in_words(trial: TrialState, state: SweepState, objective: Objective) -> str:
    """How a trial ended, whether it lies outside the space, and which constraints it fails."""
    fails = state.failing(trial, objective.metric, objective.mode)
    return f"{trial.in_words}{', fails ' + ' and '.join(fails) if fails else ''}"


def infeasible_sentence(state: SweepState, objective: Objective) -> str | None:
    """How many trials fail a constraint, and which; where no other has a result, that there is no best, and what comes
    nearest. None where the sweep has no constraints, or no result at all."""
    if not state.constraints:
        return None
    named = " and ".join(map(str, state.constraints))
    searched = state.searched
    fails = {name: state.failing(trial, objective.metric, objective.mode) for name, trial in searched.items()}
    infeasible = {trial: found for trial, found in fails.items() if found}
    ranked = state.ranked(objective.metric, objective.mode)
    if not infeasible:
        return f"Every trial with a result keeps to the constraints ({named})." if ranked else None
    counts = Counter(text for found in infeasible.values() for text in found)
    untrained = sum(searched[name].reason == "infeasible" for name in infeasible)
    by = ", ".join(f"{count} {text}" for text, count in counts.items())
    fail = "fails" if len(infeasible) == 1 else "fail"
    said = f"{len(infeasible)} of {len(fails)} trials {fail} a constraint ({by}), and none of them can be the best"
    said += f"; {untrained} {'was' if untrained == 1 else 'were'} not trained for it." if untrained else "."
    if ranked:
        return said
    nearest = min(infeasible, key=lambda trial: (sum(infeasible[trial].values()), trial))
    found = _nearest(searched[nearest], state, objective)
    return f"No trial keeps to the constraints, so there is no best. {said} {found}"


def _nearest(trial: TrialState, state: SweepState, objective: Objective) -> str:
    metrics = trial.measured(objective.metric, objective.mode)
    names = dict.fromkeys(one.metric for one in state.constraints if str(one) in failing(state.constraints, metrics))
    values = " and ".join(f"{name} {number(value)}" for name in names if (value := metrics.get(name)) is not None)
    return f"Nearest comes trial {trial.trial}{f', with {values}' if values else ''}."
