"""The best value so far."""

import pandas as pd

from reports.analysis.summary import Savings
from reports.figures.best_so_far import draw, sentence
from search_spaces.schema import Objective
from tests.reports.sweeps import SPEC, spec_with

MIOU = Objective(metric="val_miou", mode="max")


def progress(best):
    rows = [(number, 0.5 * number, "0000", value) for number, value in enumerate(best, start=1)]
    return pd.DataFrame(rows, columns=["epochs_trained", "minutes", "trial", "best"])


def trained(epochs):
    return Savings(pruned=0, trained_epochs=epochs, full_epochs=epochs, saved_seconds=0.0)


def test_it_is_drawn_by_epochs_and_by_minutes_with_a_point_where_it_changed_and_at_the_end():
    by_epochs, by_minutes = draw(progress([0.1, 0.1, 0.3, 0.3, 0.3]), MIOU).data
    assert list(by_epochs.x) == [1, 3, 5]
    assert list(by_minutes.x) == [0.5, 1.5, 2.5]
    assert list(by_epochs.y) == list(by_minutes.y) == [0.1, 0.3, 0.3]


def test_it_says_when_the_best_came_and_what_a_grid_would_have_cost():
    said = sentence(progress([0.1, 0.3, 0.3]), trained(3), SPEC)
    assert said.startswith("The best value came after 2 of 3 epochs (1.0 min). ")
    assert "has 24 configurations and 216 epochs; this search trained 3, 1.4% of that." in said


def test_a_best_that_came_near_the_end_of_a_long_search_is_a_hint_to_go_on():
    late = progress([0.1] * 29 + [0.3])
    assert "near the end: more trials may find more" in sentence(late, trained(30), SPEC)
    assert "near the end" not in sentence(progress([0.1, 0.3]), trained(2), SPEC)


def test_a_search_finer_than_the_grid_says_so():
    spec = spec_with(search={"skip": {"choice": [True, False]}})
    assert "finer than a grid" in sentence(progress([0.1] * 40), trained(40), spec)
