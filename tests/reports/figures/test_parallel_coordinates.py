"""Parallel coordinates."""

import pandas as pd
import pytest

from reports.figures import parallel_coordinates
from reports.figures.parallel_coordinates import FIGURE, draw
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


@pytest.mark.parametrize(("mode", "best"), [("max", 1999.0), ("min", 0.0)])
def test_of_thousands_of_trials_the_best_and_an_even_part_of_the_others_are_drawn(mode, best):
    many = pd.concat([TRIALS.head(1)] * 2000, ignore_index=True).assign(best=[float(one) for one in range(2000)])
    values = axes(draw(many, SPEC, Objective(metric="val_miou", mode=mode)))["val_miou"]["values"]
    assert 300 <= len(values) <= 400
    nearest = sorted(abs(best - value) for value in values)
    assert nearest[:100] == list(range(100))
    assert nearest[-1] > 1990, "poor ones are among them"


def test_it_says_how_many_lines_stand_for_how_many_trials(views, monkeypatch):
    assert FIGURE.says(views["pruning"]) == "Each line is a trial."
    monkeypatch.setattr(parallel_coordinates, "_MAX_LINES", 10)
    assert "the best 100 of 2" in FIGURE.says(views["pruning"])
    assert FIGURE.says(views["empty"]) is None
