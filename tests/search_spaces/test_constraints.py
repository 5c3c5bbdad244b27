"""Constraints as they are written, and by how much a trial fails them."""

from __future__ import annotations

import pytest

from search_spaces.constraints import constraint, failing
from search_spaces.errors import SpaceError
from search_spaces.loading import load
from search_spaces.schema import SearchSpace


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("parameters<=2e6", "parameters<=2000000"),
        (" seconds_per_image  <= 0.01 ", "seconds_per_image<=0.01"),
        ("val_accuracy>=.5", "val_accuracy>=0.5"),
        ("parameters<=1234567", "parameters<=1234567"),
    ],
)
def test_a_constraint_is_a_metric_a_sign_and_a_number(text, reads):
    assert str(constraint(text)) == reads
    assert constraint(reads) == constraint(text)


@pytest.mark.parametrize("text", ["parameters", "parameters<2e6", "parameters<=many", "parameters<=nan", "<=3", ""])
def test_anything_else_is_refused_with_what_would_be_right(text):
    with pytest.raises(ValueError, match=f"^{text!r} is no constraint; write a metric, <= or >=, and a number"):
        constraint(text)


def test_what_fails_is_told_as_a_share_of_its_bound():
    limits = [constraint("parameters<=100"), constraint("val_miou>=0.5")]
    assert failing(limits, {"parameters": 100.0, "val_miou": 0.5}) == {}
    assert failing(limits, {"parameters": 150.0, "val_miou": 0.4}) == pytest.approx(
        {"parameters<=100": 0.5, "val_miou>=0.5": 0.2}
    )
    assert failing(limits, {"parameters": None, "val_miou": 1.0}) == {"parameters<=100": 1.0}, "no value keeps to none"


def test_a_space_holds_constraints_and_reads_back():
    space = load("seg_unet", ['constraints=["parameters <= 2e6", "val_iou_road>=0.3"]'])
    assert space.constraints == ("parameters<=2000000", "val_iou_road>=0.3")
    assert SearchSpace.model_validate(space.as_written()) == space


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('["parameters"]', "constraints.0: 'parameters' is no constraint; write a metric"),
        (
            '["params<=3"]',
            "'params<=3': 'params' is not reported by segmentation. Did you mean `parameters`?",
        ),
        ("parameters<=3", "constraints: must be a valid tuple, got 'parameters<=3'"),
    ],
)
def test_a_space_refuses_what_is_none_in_one_line(given, said):
    with pytest.raises(SpaceError) as refused:
        load("seg_unet", [f"constraints={given}"])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
