"""Trials that ran out of their share of a GPU get another try with twice as much. Nothing here knows a real GPU."""

from __future__ import annotations

from typing import Any

from tune_jobs.search.assignment import Assignment


class GpuRetries:
    """The shares that trials were given, and the tries that wait for a worker."""

    def __init__(self, share: float) -> None:
        """
        Args:
            share: what every trial gets at first; only a true fraction of one GPU can be doubled.
        """
        self._share = share
        self._larger: dict[str, float] = {}
        self._waiting: list[Assignment] = []

    @property
    def waiting(self) -> bool:
        """Whether a try waits for a worker."""
        return bool(self._waiting)

    def next_share(self) -> float:
        """The share of a GPU that the next trial is to have."""
        return self._waiting[0].gpus if self._waiting else self._share

    def take(self) -> Assignment | None:
        """The try that has waited longest, if one waits."""
        return self._waiting.pop(0) if self._waiting else None

    def may_retry(self, trial: str) -> bool:
        """Whether the trial would get another try, should it run out of memory."""
        return 0 < self._share < 1 and trial not in self._larger

    def retry(self, trial: str, config: dict[str, Any]) -> float | None:
        """Line up another try; the share that it is to have, or None where the trial has had its second one."""
        if not self.may_retry(trial):
            return None
        larger = self._larger[trial] = min(1.0, 2 * self._share)
        self._waiting.append(Assignment(trial, config, larger))
        return larger
