"""What all figures share."""

from __future__ import annotations

import pytest

from reports.figures.style import axis_of, whole_numbers
from search_spaces.parameters import Int, LogInt, Uniform


@pytest.mark.parametrize(
    ("high", "step"), [(1, 1), (3, 1), (10, 1), (11, 2), (27, 5), (54, 10), (100, 10), (101, 20), (135_000, 20_000)]
)
def test_an_axis_of_whole_numbers_has_few_ticks_and_none_at_a_half(high, step):
    axis = whole_numbers(0, high)
    assert axis["dtick"] == step
    assert high / axis["dtick"] <= 10


def test_the_axis_of_a_knob_is_as_its_values_are():
    assert axis_of(Int(int=(2, 5)))["dtick"] == 1
    assert axis_of(LogInt(log_int=(4, 256)))["type"] == "log"
    assert axis_of(Uniform(uniform=(0, 1))) == {}


def test_axes_of_epochs_and_trials_are_of_whole_numbers(views):
    from reports.figures import FIGURES

    for name in ("learning_curves", "best_so_far", "rungs", "training_validation"):
        assert FIGURES[name].draw(views["pruning"]).layout.xaxis.tickformat == ",d", name
    assert FIGURES["tuning_curve"].draw(views["random"]).layout.xaxis.dtick == 2
