"""The importance of knobs, drawn and said."""

import pytest

from reports.analysis.importance import Share
from reports.analysis.view import SweepView
from reports.figures.importance import FIGURE, draw, sentence
from search_spaces.schema import Objective
from tests.reports.sweeps import DOCUMENT, write_sweep

MIOU = Objective(metric="val_miou", mode="max")


LR, SKIP = Share(0.7, 0.5, 0.9, chance=0.4), Share(0.3, 0.0, 0.6, chance=0.4)


def test_the_most_important_knob_is_on_top_with_its_interval_and_what_chance_would_give():
    bars, chance = draw({"lr": LR, "skip": SKIP}).data
    assert list(bars.y) == ["skip", "lr"], "an axis counts upwards"
    assert list(bars.x) == [0.3, 0.7]
    assert list(bars.error_x.array) == pytest.approx([0.3, 0.2])
    assert list(bars.error_x.arrayminus) == pytest.approx([0.3, 0.2])
    assert bars.marker.color[0] != bars.marker.color[1], "one of them stands out"
    assert list(chance.x) == [0.4, 0.4]


def test_it_says_who_is_first_and_who_stands_out():
    said = sentence({"lr": LR, "skip": SKIP}, MIOU, 2, hinted=["lr"], hidden=["scheduler"])
    assert "by their best val_miou up to epoch 2" in said
    assert "(Optuna's PED-ANOVA, 95 % intervals): lr 70% [50%, 90%], then skip 30% [0%, 60%]. " in said
    assert "Not visible by then: scheduler; tune ablate shows" in said
    assert "lr stands out from what a shuffled metric gives, as the effects below hint too." in said


def test_it_never_contradicts_the_hints_below_it():
    flat = {"lr": SKIP, "skip": SKIP}
    assert "Nothing stands out: every interval overlaps" in sentence(flat, MIOU, 2, hinted=[], hidden=[])
    said = sentence(flat, MIOU, 2, hinted=["lr"], hidden=[])
    assert "by share" in said
    assert "The test of effects below, which sees smaller differences, hints at lr." in said
    said = sentence({"lr": LR, "skip": SKIP}, MIOU, 2, hinted=["skip"], hidden=[])
    assert "stands out" not in said
    assert "lr has more than a shuffled metric gives, but the effects below hint at no such thing." in said
    assert "hints at skip" in said


def test_too_few_trials_are_said_though_nothing_is_drawn(views):
    assert FIGURE.draw(views["classification"]) is None
    assert "too few to rank the knobs" in FIGURE.says(views["classification"])


def test_an_ablation_ranks_nothing(views):
    assert FIGURE.draw(views["ablation"]) is None
    assert FIGURE.says(views["ablation"]) is None


def test_it_says_that_epochs_cost_unequally_where_copies_are_searched(tmp_path):
    search = {**DOCUMENT["space"]["search"], "augmentation_copies": {"choice": [1, 3]}}
    folder = write_sweep(tmp_path / "s", trials=30, space={**DOCUMENT["space"], "search": search})
    assert "as many times longer as augmentation_copies says" in FIGURE.says(SweepView(folder))
    assert "times longer" not in FIGURE.says(SweepView(write_sweep(tmp_path / "plain", trials=30)))
