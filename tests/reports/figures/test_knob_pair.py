"""Two knobs that act together, drawn and said."""

import numpy as np
import pandas as pd
import pytest

from reports.analysis.knob_effects import Interaction
from reports.figures.knob_pair import draw, sentence
from tests.reports.sweeps import SPEC, spec_with

RANGES = spec_with(search={"lr": {"log_uniform": [1e-4, 1e-2]}, "dropout": {"uniform": [0, 1]}})


def table(trials):
    random = np.random.default_rng(0)
    lr, dropout = 10 ** random.uniform(-4, -2, trials), random.uniform(0, 1, trials)
    trial = [f"{number:04d}" for number in range(trials)]
    return pd.DataFrame({"trial": trial, "lr": lr, "dropout": dropout, "value": np.log10(lr) + dropout})


def test_two_ranges_have_contours_between_the_trials_alone():
    contour, trials = draw(table(40), "lr", "dropout", RANGES).data
    assert (contour.type, trials.type) == ("contour", "scatter")
    assert len(trials.x) == 40
    heights = np.asarray(contour.z, dtype=float)
    assert np.isnan(heights).any(), "nothing is drawn where nothing was tried"
    assert np.nanmax(heights) <= table(40)["value"].max() + 1e-9
    assert (contour.x[0], contour.x[-1]) == pytest.approx((table(40)["lr"].min(), table(40)["lr"].max()))


def test_a_few_trials_are_points_without_contours():
    assert [trace.type for trace in draw(table(5), "lr", "dropout", RANGES).data] == ["scatter"]


def test_a_choice_makes_cells_with_means_and_how_many_trials_they_hold():
    trials = pd.DataFrame(
        {
            "optimizer": ["adam", "adam", "sgd"],
            "skip": [True, True, False],
            "value": [0.2, 0.4, 0.5],
            "trial": list("abc"),
        }
    )
    (cells,) = draw(trials, "optimizer", "skip", SPEC).data
    assert (list(cells.x), list(cells.y)) == (["adam", "sgd"], ["true", "false"])
    assert cells.z[0][0] == pytest.approx(0.3)
    assert np.isnan(cells.z[0][1])
    assert cells.text[0][0] == "0.300<br>2 trials"
    assert cells.text[0][1] == ""


def test_it_says_whether_any_two_act_together():
    sure, not_sure = Interaction("lr", "skip", 0.001), Interaction("lr", "skip", 0.4)
    assert "lr with skip (p = 0.001)" in sentence([sure], "lr", "skip")
    assert "none acts together beyond chance" in sentence([not_sure], "lr", "skip")
    assert sentence([], "lr", "skip").startswith("Too few trials to tell")
