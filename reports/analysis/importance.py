"""Which knob mattered, by how much: importance and effect of each, among trials compared at an epoch all had reached.

A trial that was pruned after one epoch cannot be held against one that trained for nine; so every trial counts with its
best value up to one common epoch, that of the first rung.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.analysis.summary import Objective, best_until, in_effect
from reports.records.state import SweepState

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEWEST_TRIALS = 8  # below, an importance is noise


def common_epoch(asked: dict[str, Any]) -> int:
    """The epoch at which trials are compared: the first rung, or the last epoch where nothing is pruned."""
    budget = asked["space"]["budget"]
    return int(budget["grace_epochs"] if budget["reduction_factor"] else budget["max_epochs"])


def knob_table(state: SweepState, asked: dict[str, Any]) -> pd.DataFrame:
    """One row a trial that reached the common epoch: trial, value (its best until then), and each searched knob,
    missing where it is not in effect."""
    objective, epoch = Objective.of(asked), common_epoch(asked)
    rows = []
    for trial in state.trials.values():
        best = best_until(trial, objective, epoch)
        if best is not None and max(trial.epochs) >= epoch:
            rows.append({"trial": trial.trial, "value": best, **in_effect(asked, trial.config)})
    return pd.DataFrame(rows, columns=["trial", "value", *asked["space"]["search"]])


def importance(table: pd.DataFrame, asked: dict[str, Any]) -> dict[str, float]:
    """Share of each unconditional knob in what told good trials from the others, largest first.

    Returns:
        Shares that add up to 1; nothing for fewer than 8 trials.

    Source: PED-ANOVA (Watanabe et al. 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
    Subspaces"), as Optuna computes it. A knob with a condition is not compared with those that always count.
    """
    import optuna

    always = [
        knob
        for knob, kind in asked["space"]["search"].items()
        if not kind.get("when") and len(set(map(str, table[knob]))) > 1
    ]
    if len(table) < FEWEST_TRIALS or not always:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {knob: _distribution(asked["space"]["search"][knob]) for knob in always}
    mode = Objective.of(asked).mode
    study = optuna.create_study(direction="maximize" if mode == "max" else "minimize")
    for row in table.to_dict("records"):
        params = {knob: json.dumps(row[knob]) if isinstance(row[knob], list) else row[knob] for knob in always}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=row["value"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # experimental; equal values
        found = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator(), params=always
        )
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def is_logarithmic(parameter: dict[str, Any]) -> bool:
    """Whether a searched knob, as `sweep.json` has it, lies on a logarithmic axis."""
    return "log_uniform" in parameter or "log_int" in parameter


def _distribution(parameter: dict[str, Any]) -> BaseDistribution:
    """The Optuna distribution of a parameter as `sweep.json` has it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if "choice" in parameter:
        return CategoricalDistribution(
            [json.dumps(one) if isinstance(one, list) else one for one in parameter["choice"]]
        )
    kind = next(name for name in ("uniform", "log_uniform", "int", "log_int", "quantized") if name in parameter)
    low, high, *step = parameter[kind]
    if "int" in kind or (step and all(float(one).is_integer() for one in parameter[kind])):
        return IntDistribution(int(low), int(high), log=kind == "log_int", step=int(step[0]) if step else 1)
    return FloatDistribution(low, high, log=kind == "log_uniform", step=step[0] if step else None)
