"""Numbers as people mean them: true is none, and a sum of short ones is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnmodels.config import parse
from cnnmodels.errors import ConfigError
from cnnmodels.plain_values import without_rounding_error


@given(st.integers(-1000, 1000), st.integers(1, 50), st.sampled_from([0.1, 0.05, 0.3, 1e-4]))
def test_a_sum_of_short_numbers_is_the_short_number(start, steps, step):
    exact = round(start * step + steps * step, 6)
    assert without_rounding_error(start * step + steps * step) == pytest.approx(exact, abs=1e-15)
    assert len(repr(without_rounding_error(exact + 1e-16 * exact))) <= len(repr(exact))


@given(st.floats(allow_nan=False))
def test_a_number_changes_by_no_more_than_its_rounding_error(number):
    assert without_rounding_error(number) == pytest.approx(number, rel=1e-14)


def test_a_number_that_a_sampler_drew_stays_to_its_last_bit():
    assert without_rounding_error([0.0012345678901234567, 0.30000000000000004]) == [0.0012345678901234567, 0.3]


@pytest.mark.parametrize("knob", ["batch_size", "lr", "warmup_epochs", "gradient_clip", "stem_stride", "width"])
def test_a_truth_is_no_number(knob):
    with pytest.raises(ConfigError, match=f"{knob}: must be a number, got True"):
        parse({"model": "resnet18", "task": "classification", knob: True})


def test_a_switch_and_a_number_are_what_they_were():
    assert parse({"skip": True, "lr": 1}).skip is True
    assert parse({"lr": 0.1 + 0.2}).lr == 0.3
