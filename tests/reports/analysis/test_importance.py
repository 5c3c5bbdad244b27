"""Which knob mattered, among trials compared at an epoch all had reached."""

from __future__ import annotations

import numpy as np
import optuna
import pandas as pd
import pytest

from reports.analysis.compared import knob_table
from reports.analysis.importance import importance
from reports.analysis.knob_effects import knob_effects
from search_spaces.sampling import distribution, optuna_values
from tests.reports.sweeps import DOCUMENT, SPEC, spec_with, write_sweep


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> pd.DataFrame:
    sweep = write_sweep(tmp_path_factory.mktemp("storage") / "s", trials=60, failing=0.1)
    return knob_table(sweep.state(), SPEC)


def test_the_knob_that_decides_is_the_most_important(table):
    shares = importance(table, SPEC)  # the made-up curves depend on lr alone
    assert next(iter(shares)) == "lr"
    assert shares["lr"].share > 0.5
    assert sum(share.share for share in shares.values()) == pytest.approx(1)
    assert "momentum" not in shares, "it has a condition"


def test_a_share_has_an_interval_and_stands_out_only_from_what_a_shuffled_metric_gives():
    rng = np.random.default_rng(1)
    many = pd.DataFrame(
        {
            "lr": 10 ** rng.uniform(-4, -2, 200),
            "optimizer": rng.choice(["adam", "sgd"], 200),
            "skip": rng.choice([True, False], 200).astype(object),
        }
    )
    many["value"] = np.log10(many["lr"]) + rng.normal(0, 0.2, 200)
    shares = importance(many, SPEC)
    assert all(0 <= share.low <= share.share <= share.high <= 1 for share in shares.values())
    assert [knob for knob, share in shares.items() if share.stands_out] == ["lr"]
    shuffled = many.assign(value=rng.permutation(many["value"]))
    assert not any(share.stands_out for share in importance(shuffled, SPEC).values())


def test_a_share_is_that_of_optuna(table):
    knobs = ["lr", "optimizer", "skip"]
    study = optuna.create_study(direction="maximize")
    distributions = {knob: distribution(SPEC.space.search[knob]) for knob in knobs}
    for row in table.to_dict("records"):
        params = optuna_values(SPEC.space, {knob: row[knob] for knob in knobs})
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=row["value"]))
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=5 / len(table))
    theirs = optuna.importance.get_param_importances(study, evaluator=evaluator, params=knobs)
    assert {knob: share.share for knob, share in importance(table, SPEC).items()} == pytest.approx(theirs)


def test_trials_that_are_all_alike_give_each_knob_the_same_share(table):
    shares = importance(table.assign(value=0.5), SPEC).values()
    assert [share.share for share in shares] == pytest.approx([1 / 3] * 3)
    assert not any(share.stands_out for share in shares)


def test_a_lower_objective_is_understood(table):
    lower = importance(table.assign(value=-table["value"]), spec_with(objective={"metric": "val_miou", "mode": "min"}))
    assert lower["lr"].share == pytest.approx(importance(table, SPEC)["lr"].share)


def test_too_few_trials_rank_nothing(table):
    assert importance(table.head(5), SPEC) == {}


def test_a_knob_that_never_varied_is_not_ranked(table):
    assert "skip" not in importance(table.assign(skip=True), SPEC)


def test_lists_and_whole_numbers_are_ranked_too(table):
    search = {
        "milestones": {"choice": [[0.5, 0.75], [0.3]]},
        "levels": {"int": [2, 4]},
        "dropout": {"quantized": [0.0, 0.5, 0.25]},
    }
    varied = table.assign(
        milestones=[[0.5, 0.75] if number % 2 else [0.3] for number in range(len(table))],
        levels=[2 + number % 3 for number in range(len(table))],
        dropout=[0.25 * (number % 3) for number in range(len(table))],
        value=[float(number % 2) + 0.01 * number for number in range(len(table))],
    )
    shares = importance(varied, spec_with(search=search))
    assert next(iter(shares)) == "milestones"


def test_a_choice_of_nothing_is_a_level_like_any_other(tmp_path):
    search = {**DOCUMENT["space"]["search"], "gradient_clip": {"choice": [None, 1.0]}}
    spec, state = spec_with(search=search), write_sweep(tmp_path / "s", trials=30).state()
    for number, trial in enumerate(state.trials.values()):
        trial.config = {**trial.config, "gradient_clip": None if number % 2 else 1.0}
    table = knob_table(state, spec)
    assert set(table["gradient_clip"]) == {"null", 1.0}
    assert "gradient_clip" in importance(table, spec)
    effect = next(one for one in knob_effects(table, spec) if one.knob == "gradient_clip")
    assert {level.label for level in effect.levels} == {"null", "1.0"}
