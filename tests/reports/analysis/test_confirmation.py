"""What a confirmation says, from the values of its candidates."""

from __future__ import annotations

import math

import pytest

from reports.analysis.confirmation import judge
from reports.records.spec import Confirmation, FixedTrial


def question(*names, reference=None, indifference=0.005):
    arms = {
        name: FixedTrial(label=name, config={"lr": number}) for number, name in enumerate([*names, reference or "-"])
    }
    return Confirmation(
        of="s",
        candidates=tuple(arms[name] for name in names),
        reference=arms[reference] if reference else None,
        runs=25,
        indifference=indifference,
    )


def test_a_clear_winner_is_decided():
    found = judge({"a": [0.70, 0.71, 0.705], "b": [0.60, 0.61], "c": [0.50, 0.51]}, question("b", "a", "c"), "max")
    assert [row.trial for row in found.rows] == ["a", "b", "c"]
    assert found.decided
    assert found.tied == []
    assert found.winner.probability > 0.99
    assert found.runs == 7
    assert found.against(found.rows[1]).verdict == "better"


def test_less_is_better_where_the_mode_says_so():
    found = judge({"a": [0.70, 0.71, 0.7], "b": [0.60, 0.61, 0.6]}, question("a", "b"), "min")
    assert found.winner.trial == "b"
    assert found.against(found.rows[1]).verdict == "better"
    assert found.against(found.rows[1]).mean < 0


def test_what_lies_within_the_noise_is_not_decided_and_is_named():
    found = judge({"a": [0.70, 0.74, 0.72], "b": [0.73, 0.69, 0.72], "c": [0.3, 0.31, 0.3]}, question(*"abc"), "max")
    assert not found.decided
    assert [row.trial for row in found.tied] == ["b"]


def test_an_indifference_decides_between_equals():
    values = {"a": [0.700, 0.701, 0.702, 0.700], "b": [0.701, 0.700, 0.702, 0.700]}
    assert not judge(values, question("a", "b", indifference=0.0), "max").decided
    assert judge(values, question("a", "b", indifference=0.005), "max").decided


def test_two_runs_are_too_few_to_be_sure():
    found = judge({"a": [0.70, 0.70], "b": [0.60, 0.60]}, question("a", "b"), "max")
    assert found.winner.probability > 0.95
    assert not found.decided


def test_a_candidate_of_which_a_run_failed_is_out():
    found = judge({"a": [0.9, None], "b": [0.60, 0.61, 0.6], "c": [0.5, 0.52]}, question(*"abc"), "max")
    assert [row.trial for row in found.rows] == ["b", "c", "a"]
    assert found.rows[-1].failed == 1
    assert found.rows[-1].probability == 0


@pytest.mark.parametrize("values", [{"a": [0.9], "b": [0.6, 0.61]}, {"a": [], "b": []}, {"a": [None], "b": [None]}])
def test_nothing_is_said_before_every_candidate_was_repeated(values):
    assert judge(values, question("a", "b"), "max") is None


def test_the_default_is_compared_with_and_can_not_win():
    found = judge(
        {"a": [0.7, 0.71, 0.7], "b": [0.6, 0.61], "0000": [0.8, 0.81]}, question("a", "b", reference="0000"), "max"
    )
    assert found.winner.trial == "a"
    assert found.against(found.reference).verdict == "worse"
    assert math.isfinite(found.reference.half_width)
