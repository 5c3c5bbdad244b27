"""Pareto fronts, against the definition."""

from hypothesis import given
from hypothesis import strategies as st

from reports.records.pareto import fronts

MODES = ["max", "min"]


def dominates(one, other):
    return one != other and one[0] >= other[0] and one[1] <= other[1]


def by_definition(points):
    found, left, front = {}, dict(points), 1
    while left:
        best = [name for name, point in left.items() if not any(dominates(other, point) for other in left.values())]
        found |= dict.fromkeys(best, front)
        left = {name: point for name, point in left.items() if name not in best}
        front += 1
    return found


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30))
def test_fronts_are_those_of_the_definition(values):
    points = {str(number): point for number, point in enumerate(values)}
    assert fronts(points, MODES) == by_definition(points)


def test_with_one_objective_fronts_are_ranks():
    assert fronts({"a": [0.2], "b": [0.9], "c": [0.9], "d": [0.5]}, ["max"]) == {"a": 3, "b": 1, "c": 1, "d": 2}
    assert fronts({"a": [0.2], "b": [0.9]}, ["min"]) == {"a": 1, "b": 2}
