"""Which knob mattered, among trials compared at an epoch all had reached."""

from __future__ import annotations

import pandas as pd
import pytest

from reports.analysis.compared import knob_table
from reports.analysis.importance import importance
from reports.analysis.knob_effects import knob_effects
from tests.reports.sweeps import DOCUMENT, SPEC, spec_with, write_sweep


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> pd.DataFrame:
    sweep = write_sweep(tmp_path_factory.mktemp("storage") / "s", trials=60, failing=0.1)
    return knob_table(sweep.state(), SPEC)


def test_the_knob_that_decides_is_the_most_important(table):
    shares = importance(table, SPEC)  # the made-up curves depend on lr alone
    assert next(iter(shares)) == "lr"
    assert shares["lr"] > 0.5
    assert sum(shares.values()) == pytest.approx(1)
    assert "momentum" not in shares, "it has a condition"


def test_a_lower_objective_is_understood(table):
    lower = importance(table.assign(value=-table["value"]), spec_with(objective={"metric": "val_miou", "mode": "min"}))
    assert lower["lr"] == pytest.approx(importance(table, SPEC)["lr"])


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
