"""How long a trial may be silent before it is taken to hang. This is arithmetic alone."""

from __future__ import annotations

from search_spaces.budget import Budget

_MIN_SECONDS = 600.0
_BEFORE_ANY_EPOCH_SECONDS = 3600.0  # a first epoch may have to decode the images on its node
_TIMES_THE_LONGEST = 10


def hang_timeout(longest_epoch: float | None, budget: Budget) -> float:
    """Seconds from one report of a trial to its next: what the budget says, or ten times the longest epoch so far."""
    if budget.epoch_limit is not None:
        return budget.epoch_limit
    if longest_epoch is None:
        return _BEFORE_ANY_EPOCH_SECONDS
    return max(_MIN_SECONDS, _TIMES_THE_LONGEST * longest_epoch)
