"""The Pareto front."""

import pandas as pd

from reports.figures.pareto import FIGURE, draw, trade_off_sentence
from search_spaces.schema import Objective

OBJECTIVES = [Objective(metric="val_miou", mode="max"), Objective(metric="seconds", mode="min")]
TABLE = pd.DataFrame(
    [("a", 0.9, 30.0, 1), ("b", 0.5, 10.0, 1), ("c", 0.4, 40.0, 2), ("d", 0.7, 20.0, 1)],
    columns=["trial", "val_miou", "seconds", "front"],
)


def test_the_front_is_joined_in_the_order_of_its_axis_and_the_beaten_stand_apart():
    beaten, front = draw(TABLE, OBJECTIVES).data
    assert list(beaten.text) == ["c"]
    assert list(front.text) == ["b", "d", "a"]
    assert (list(front.x), list(front.y)) == ([10.0, 20.0, 30.0], [0.5, 0.7, 0.9])


def test_it_says_between_which_ends_the_front_lies():
    assert trade_off_sentence(TABLE, OBJECTIVES, at_a_time=2) == (
        "3 of 4 trials are beaten by no other in both: from trial a (val_miou 0.9000, seconds 30) to trial b "
        "(0.5000, 10)."
    )
    assert trade_off_sentence(TABLE.head(1), OBJECTIVES, 2) == "Trial a is best in val_miou and in seconds."


def test_a_time_that_was_measured_beside_other_trials_is_said_to_be():
    timed = TABLE.rename(columns={"seconds": "seconds_per_image"})
    objectives = [OBJECTIVES[0], Objective(metric="seconds_per_image", mode="min")]
    assert "measured while up to 2 trials shared the machine" in trade_off_sentence(timed, objectives, at_a_time=2)
    assert "shared" not in trade_off_sentence(timed, objectives, at_a_time=1)


def test_one_objective_has_no_front(views):
    assert FIGURE.draw(views["pruning"]) is None
