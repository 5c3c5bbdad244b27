"""Constraints: what a trial must keep to, to be the winner, such as `parameters<=2e6`. Knows no files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PATTERN = r"^\s*[A-Za-z]\w*\s*(<=|>=)\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*$"  # for editors
_FORM = re.compile(r"\s*([A-Za-z]\w*)\s*(<=|>=)\s*(\S+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A bound that a metric must not pass."""

    metric: str
    at_most: bool  # else at least
    bound: float

    def __str__(self) -> str:
        return f"{self.metric}{'<=' if self.at_most else '>='}{self.bound:.12g}"

    def fails_by(self, value: float | None) -> float:
        """How far beyond the bound a value lies, as a share of the bound, so that those of several metrics add up; 0
        where it keeps to it, 1 where there is no finite value."""
        if value is None or not math.isfinite(value):
            return 1.0
        beyond = value - self.bound if self.at_most else self.bound - value
        return max(0.0, beyond) / (abs(self.bound) or 1.0)


def constraint(text: str) -> Constraint:
    """
    Raises:
        ValueError: it is none.
    """
    found = _FORM.fullmatch(text)
    try:
        bound = float(found.group(3)) if found else math.nan
    except ValueError:
        bound = math.nan
    if found is None or not math.isfinite(bound):
        raise ValueError(f"{text!r} is no constraint; write a metric, <= or >=, and a number: parameters<=2e6")
    return Constraint(found.group(1), found.group(2) == "<=", bound)


def failing(constraints: Iterable[Constraint], metrics: Mapping[str, float | None]) -> dict[str, float]:
    """By how much each of the constraints that are not kept fails, by its text."""
    fails = {str(one): one.fails_by(metrics.get(one.metric)) for one in constraints}
    return {text: by for text, by in fails.items() if by > 0}
