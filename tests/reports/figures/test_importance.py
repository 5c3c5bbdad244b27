"""The importance of knobs, drawn and said."""

from reports.figures.importance import FIGURE, draw, sentence
from search_spaces.schema import Objective

MIOU = Objective(metric="val_miou", mode="max")


def test_the_most_important_knob_is_on_top():
    bars = draw({"lr": 0.7, "skip": 0.3}).data[0]
    assert list(bars.y) == ["skip", "lr"], "an axis counts upwards"
    assert list(bars.x) == [0.3, 0.7]


def test_it_says_who_is_first_and_when_nobody_stands_out():
    said = sentence({"lr": 0.8, "skip": 0.2}, MIOU, 2, hinted=["lr"], hidden=["scheduler"])
    assert "by their best val_miou up to epoch 2" in said
    assert "lr has 80% of the importance (Optuna's PED-ANOVA), skip 20%. " in said
    assert "Not visible by then: scheduler; tune ablate shows" in said
    assert "skip 20%, may be chance." in sentence({"lr": 0.8, "skip": 0.2}, MIOU, 2, hinted=["skip"], hidden=[])
    assert ": no knob stands out." in sentence({"lr": 0.9, "skip": 0.1}, MIOU, 2, hinted=[], hidden=[])


def test_too_few_trials_are_said_though_nothing_is_drawn(views):
    assert FIGURE.draw(views["classification"]) is None
    assert "too few to rank the knobs" in FIGURE.says(views["classification"])


def test_an_ablation_ranks_nothing(views):
    assert FIGURE.draw(views["ablation"]) is None
    assert FIGURE.says(views["ablation"]) is None
