"""Parallel coordinates."""

import pandas as pd
import pytest

from reports.figures.parallel_coordinates import draw
from search_spaces.schema import Objective
from tests.reports.sweeps import SPEC

MIOU = Objective(metric="val_miou", mode="max")
TRIALS = pd.DataFrame(
    {
        "best": [0.4, 0.6, None],
        "lr": [1e-4, 1e-2, 1e-3],
        "optimizer": ["adam", "sgd", "sgd"],
        "momentum": [None, 0.9, 0.9],
        "skip": pd.Series([True, False, True], dtype=object),
    }
)


def axes(drawn):
    return {axis.label: axis for axis in drawn.data[0].dimensions}


def test_each_knob_has_an_axis_and_the_result_the_last():
    drawn = draw(TRIALS, SPEC, MIOU)
    assert list(axes(drawn)) == ["lr", "optimizer", "momentum", "skip", "val_miou"]
    assert list(axes(drawn)["val_miou"].values) == [0.4, 0.6], "a trial without a result has no line"


def test_a_logarithmic_axis_is_ticked_in_the_values_of_the_knob():
    lr = axes(draw(TRIALS, SPEC, MIOU))["lr"]
    assert list(lr.values) == pytest.approx([-4, -2])
    assert list(lr.ticktext) == ["0.0001", "0.001", "0.01"]


def test_a_knob_that_is_not_in_effect_has_its_place_at_the_foot():
    momentum = axes(draw(TRIALS, SPEC, MIOU))["momentum"]
    assert momentum.ticktext[0] == "not in effect"
    assert momentum.values[0] == momentum.tickvals[0] < momentum.values[1]
    assert momentum.range[0] < momentum.tickvals[0]


def test_a_choice_is_ticked_by_the_values_that_occur():
    assert list(axes(draw(TRIALS, SPEC, MIOU))["skip"].ticktext) == ["true", "false"]
    assert list(axes(draw(TRIALS.head(1), SPEC, MIOU))["optimizer"].ticktext) == ["adam"]


def test_a_knob_that_was_never_in_effect_has_no_axis():
    assert "momentum" not in axes(draw(TRIALS.head(1), SPEC, MIOU))
