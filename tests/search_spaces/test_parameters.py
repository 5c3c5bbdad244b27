"""Kinds of parameter: what each one holds, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces.parameters import KINDS


@pytest.mark.parametrize(
    ("kind", "given", "inside", "outside"),
    [
        ("choice", ["adam", "sgd"], ["adam"], ["adamw", None]),
        ("choice", [True, False], [True], [1, 0]),
        ("uniform", [0.1, 0.5], [0.1, 0.3, 0.5], [0.6, "0.3", True]),
        ("log_uniform", [1e-4, 1e-2], [1e-3], [0, 1]),
        ("int", [1, 6], [1, 6], [0, 7, 2.5, True]),
        ("log_int", [1, 64], [8], [65]),
        ("quantized", [0.0, 1.0, 0.25], [0, 0.25, 1.0], [0.3]),
        ("quantized", [8, 32, 8], [8, 24], [12, 40]),
    ],
)
def test_each_kind_holds_its_own_values_and_no_others(kind, given, inside, outside):
    parameter = KINDS[kind].model_validate({kind: given})
    assert all(parameter.contains(value) for value in inside)
    assert not any(parameter.contains(value) for value in outside)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("choice", [], "at least 1 item"),
        ("choice", [4, 4], "listed twice"),
        ("uniform", [0.1, 0.001], "low 0.1 is above high 0.001"),
        ("uniform", [1, 1], "low equals high"),
        ("uniform", [0, float("inf")], "finite"),
        ("uniform", [0, float("nan")], "finite"),
        ("log_uniform", [0, 1], "must be above 0 for log_uniform"),
        ("log_int", [0, 8], "must be above 0 for log_int"),
        ("int", [1, 2.5], "integer"),
        ("quantized", [0, 1, 0.3], "step 0.3 misses high 1; the last value is 0.9"),
        ("quantized", [0, 1, 0], "greater than 0"),
    ],
)
def test_a_range_that_cannot_be_drawn_from_is_refused(kind, given, message):
    with pytest.raises(ValidationError, match=message):
        KINDS[kind].model_validate({kind: given})


@given(
    low=st.integers(-50, 50),
    steps=st.integers(1, 20),
    step=st.sampled_from([0.1, 0.25, 0.5, 1, 2, 3]),
)
def test_every_listed_value_of_a_quantized_range_is_held(low, steps, step):
    parameter = KINDS["quantized"].model_validate({"quantized": [low, low + steps * step, step]})
    values = parameter.values()
    assert len(values) == steps + 1
    assert all(parameter.contains(value) for value in values)


def test_a_condition_holds_for_one_value_or_any_of_a_list():
    one = KINDS["uniform"].model_validate({"uniform": [0, 1], "when": {"optimizer": "sgd"}})
    several = KINDS["uniform"].model_validate({"uniform": [0, 1], "when": {"scheduler": ["step", "multistep"]}})
    assert one.holds({"optimizer": "sgd"})
    assert not one.holds({"optimizer": "adam"})
    assert several.holds({"scheduler": "multistep"})
    assert not several.holds({"scheduler": "none"})
    assert not one.holds({})
