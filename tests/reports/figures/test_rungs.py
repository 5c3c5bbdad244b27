"""Who was cut, drawn and said."""

import pandas as pd

from reports.analysis import tables
from reports.analysis.rungs import Doubt
from reports.analysis.summary import Savings
from reports.figures import rungs
from reports.figures.rungs import FIGURE, draw, sentence
from search_spaces.schema import Objective

TABLE = pd.DataFrame(
    [
        (1, 1, "0000", 0.5, False, None),
        (1, 2, "0001", 0.1, True, 0.5),
        (3, 1, "0000", 0.6, False, None),
    ],
    columns=["rung", "order", "trial", "value", "cut", "cutoff"],
)
SAVED = Savings(pruned=4, trained_epochs=20, full_epochs=50, saved_seconds=1.0)


def test_a_panel_a_rung_shows_who_was_cut_against_what_and_who_went_on():
    drawn = draw(TABLE, Objective(metric="val_miou", mode="max"))
    assert [text.text for text in drawn.layout.annotations] == ["epoch 1", "epoch 3"]
    cutoff, cut, passed = drawn.data[:3]
    assert (list(cutoff.y), list(cut.y), list(passed.y)) == ([0.5], [0.1], [0.5])
    assert [trace.showlegend for trace in drawn.data] == [True] * 3 + [False] * 3


def test_it_says_what_pruning_saved_and_whether_it_may_have_cost_the_best():
    assert sentence(SAVED, None) == "Pruning 4 trials saved 30 of 50 epochs. Nobody ran on to compare those with."
    assert "none of them would have won" in sentence(SAVED, Doubt(4, 2, 0.0, None, 0.0))
    assert "0.5 of the 4 would have won, most likely trial 0001 (50%)" in sentence(SAVED, Doubt(4, 2, 0.5, "0001", 0.5))


def test_a_panel_that_shows_some_of_many_trials_says_so(views, monkeypatch):
    for module in (tables, rungs):
        monkeypatch.setattr(module, "MAX_POINTS", 5)
    assert FIGURE.says(views["pruning"]).endswith("Each panel shows 5 trials at most.")
    cutoff, cut, passed = FIGURE.draw(views["pruning"]).data[:3]
    assert len(cutoff.y) == len(cut.y)
    assert len(cut.y) + len(passed.y) == 5


def test_cuts_by_two_objectives_are_not_drawn(views):
    assert FIGURE.draw(views["pruning"]) is not None
    assert views["two objectives"].savings.pruned
    assert FIGURE.draw(views["two objectives"]) is None
    assert FIGURE.says(views["two objectives"]) is None
