"""Differences with their intervals."""

from __future__ import annotations

import math

import pytest

from reports.analysis.significance import compare


def test_an_interval_that_leaves_zero_out_is_a_verdict():
    assert compare([0.5, 0.52, 0.51], [0.4, 0.41, 0.42]).verdict == "better"
    assert compare([0.4, 0.41, 0.42], [0.5, 0.52, 0.51]).verdict == "worse"
    assert compare([0.4, 0.41, 0.42], [0.5, 0.52, 0.51], "min").verdict == "better"
    assert compare([0.5, 0.3, 0.6], [0.4, 0.41, 0.42]).verdict == "cannot tell"


def test_the_interval_is_students_over_the_pairs():
    difference = compare([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    assert difference.mean == 2
    assert difference.high - difference.mean == pytest.approx(4.302653 / math.sqrt(3))


def test_one_run_cannot_tell():
    difference = compare([0.9], [0.1])
    assert difference.verdict == "cannot tell"
    assert math.isinf(difference.high)


def test_repeats_come_in_pairs():
    with pytest.raises(ValueError, match="a comparison needs pairs"):
        compare([1.0], [])


def test_a_difference_that_rounds_to_nothing_has_no_minus():
    assert compare([0.50001, 0.5], [0.50002, 0.50001]).in_words() == "+0.0000 [+0.0000, +0.0000]"
