"""Pruners by name: rules that cut hopeless trials. A new rule is one file beside this one and a row in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from reports.records.record import Cut
from search_spaces.budget import Budget
from tune_jobs.search.asha import Asha
from tune_jobs.search.median import MedianRule

Point = tuple[float, ...]  # the value of each objective
Mode = Literal["min", "max"]


class Pruner(Protocol):
    """Knows the values of trials by epoch, and decides from them alone."""

    def judge(self, trial: str, epoch: int, values: Point) -> Cut | None:
        """Hear of a trial's objectives at its best epoch so far; why it is cut, or None where it goes on.

        A trial is judged once an epoch, however often it reports there.
        """

    def replay(self, trial: str, best_by_epoch: Mapping[int, Point]) -> None:
        """Hear of a trial that an earlier driver judged, without judging it again."""


class PrunerFactory(Protocol):
    """Makes the pruner of a sweep."""

    def __call__(self, budget: Budget, modes: Sequence[Mode]) -> Pruner: ...


PRUNERS: dict[str, PrunerFactory] = {
    "asha": Asha.of,
    "median": MedianRule.of,
}
