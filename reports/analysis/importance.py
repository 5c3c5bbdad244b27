"""The importance of each knob, among trials compared at one epoch (compared.py)."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

import pandas as pd

from reports.analysis.compared import NULL
from reports.records.spec import SweepSpec

MIN_TRIALS = 8  # an importance among fewer trials is noise


def _chosen(value: Any) -> Any:
    return None if value == NULL else value


def importance(table: pd.DataFrame, spec: SweepSpec, hidden: Collection[str] = ()) -> dict[str, float]:
    """Share of each unconditional knob in what told good trials from the others, largest first; the hidden ones, which
    cannot have acted yet, have none.

    Returns:
        Shares that add up to 1; nothing for fewer than 8 trials.

    Source: PED-ANOVA (Watanabe et al. 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
    Subspaces"), as Optuna computes it. A knob with a condition is not compared with those that always count.
    """
    import optuna

    from search_spaces.sampling import distribution, optuna_values

    candidates = {knob: kind for knob, kind in spec.space.search.items() if not kind.when and knob not in hidden}
    always = [knob for knob in candidates if len(set(map(str, table[knob]))) > 1]
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
