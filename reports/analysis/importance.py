"""Which knob mattered, by how much: importance and effect of each, among trials compared at an epoch all had reached.

A trial that was pruned after one epoch cannot be held against one that trained for nine; so every trial counts with its
best value up to one common epoch, that of the first rung.
"""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from reports.analysis.summary import best_until
from reports.records.spec import SweepSpec
from reports.records.state import SweepState

NULL = "null"  # pandas takes None for a missing value
MIN_TRIALS = 8  # an importance among fewer trials is noise


def common_epoch(spec: SweepSpec) -> int:
    """The epoch at which trials are compared: the first rung, or the last epoch where nothing is pruned."""
    budget = spec.space.budget
    return budget.grace_epochs if budget.reduction_factor else budget.max_epochs


def knob_table(state: SweepState, spec: SweepSpec) -> pd.DataFrame:
    """One row a trial that reached the common epoch: trial, value (its best until then), and each searched knob,
    missing where it is not in effect; a choice of null is the word for it."""
    objective, epoch = spec.space.objective, common_epoch(spec)
    rows = []
    for trial in state.trials.values():
        best = best_until(trial, objective, epoch)
        if best is not None and max(trial.epochs) >= epoch:
            settings = spec.space.in_effect(trial.config)
            words = {knob: NULL if value is None else value for knob, value in settings.items()}
            rows.append({"trial": trial.trial, "value": best, **words})
    return pd.DataFrame(rows, columns=["trial", "value", *spec.space.search])


def _chosen(value: Any) -> Any:
    return None if value == NULL else value


def importance(table: pd.DataFrame, spec: SweepSpec) -> dict[str, float]:
    """Share of each unconditional knob in what told good trials from the others, largest first.

    Returns:
        Shares that add up to 1; nothing for fewer than 8 trials.

    Source: PED-ANOVA (Watanabe et al. 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
    Subspaces"), as Optuna computes it. A knob with a condition is not compared with those that always count.
    """
    import optuna

    from search_spaces.sampling import distribution, optuna_values

    always = [knob for knob, kind in spec.space.search.items() if not kind.when and len(set(map(str, table[knob]))) > 1]
    if len(table) < MIN_TRIALS or not always:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {knob: distribution(spec.space.search[knob]) for knob in always}
    mode = spec.space.objective.mode
    study = optuna.create_study(direction="maximize" if mode == "max" else "minimize")
    for row in table.to_dict("records"):
        params = optuna_values(spec.space, {knob: _chosen(row[knob]) for knob in always})
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=row["value"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the evaluator warns that it is experimental, and of equal values
        found = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator(), params=always
        )
    return dict(sorted(found.items(), key=lambda item: -item[1]))
