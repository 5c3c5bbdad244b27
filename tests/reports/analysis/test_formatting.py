"""How values read to people."""

import math

import pytest

from reports.analysis.formatting import in_a_word, lasted, listed, number, percent, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.123456, "0.1235"),
        (-0.5, "-0.5000"),
        (0.00001234, "1.234e-05"),
        (12.3456, "12.35"),
        (9_999.4, "9999"),
        (1_234_567.8, "1,234,568"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_a_number_has_as_many_digits_as_say_something(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.5, "50%"), (0.1, "10%"), (0.0213, "2.1%"), (0.000123, "0.012%")])
def test_a_small_share_keeps_two_digits(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (0.0012345678, "0.001235"),
        ("adam", "adam"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_a_setting_is_short(value, text):
    assert short(value) == text


def test_fewer_digits_can_be_had():
    assert short(0.0012345678, digits=3) == "0.00123"


@pytest.mark.parametrize(("value", "text"), [((0.5, 0.75), "[0.5, 0.75]"), (False, "false"), (8, "8"), ("sgd", "sgd")])
def test_a_choice_is_called_by_its_whole_value(value, text):
    assert in_a_word(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(12.4, "12 s"), (60, "1 min"), (5_000, "83 min"), (5_400, "1.5 h")])
def test_a_duration_has_the_unit_that_fits(seconds, text):
    assert lasted(seconds) == text


def test_beyond_eight_names_the_rest_is_counted():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
