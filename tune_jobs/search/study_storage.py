"""StudyStorage: where an Optuna study is kept, so that a proposal hardly costs more after thousands of trials.

A sampler asks for all trials several times a proposal, and the TPE weighs each of them at each knob. Once there are
many, it gets the best ones, among which are all that it calls good (25 at most), those that run, and an even part of
the rest, which is all that it needs to know where bad ones lie. The file holds every trial.
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Container
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

_BEST, _OTHERS = 100, 400
_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


class StudyStorage(JournalStorage):
    """One study in a file, as its sampler sees it."""

    def __init__(self, path: Path) -> None:
        super().__init__(_Unsynchronised(str(path)))
        self._best: BestTrials | None = None  # until there is a study; none where it has two objectives

    def create_new_study(self, directions: Any, study_name: str | None = None) -> int:
        """As Optuna has it."""
        self._best = BestTrials(directions[0]) if len(directions) == 1 else None
        return super().create_new_study(directions, study_name)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """All of a few trials; of many, those that a sampler learns from."""
        found = super().get_all_trials(study_id, deepcopy, states)
        return found if self._best is None else self._best.with_some_others(found)


class _Unsynchronised(JournalFileBackend):
    """Does not wait for the disk, as Optuna's own does a dozen times a trial: the file follows from the record."""

    def __init__(self, path: str) -> None:
        self._open_lock = JournalFileOpenLock(path)
        super().__init__(path, self._open_lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self._open_lock.acquire()  # a dashboard may write notes
        try:
            with Path(self._file_path).open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        finally:
            self._open_lock.release()


class BestTrials:
    """The best trials of a study with one objective."""

    def __init__(self, direction: StudyDirection) -> None:
        self._sign = -1.0 if direction == StudyDirection.MAXIMIZE else 1.0
        self._seen: set[int] = set()
        self._best: list[tuple[float, float, float, int]] = []  # a heap, the worst of them first

    def with_some_others(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """The trials in their order, if they are few; else the best, an even part of the others, and whatever has not
        ended."""
        ended = 0
        for trial in trials:
            if trial.state in _ENDED:
                ended += 1
                self._see(trial)
        if ended <= _BEST + _OTHERS:
            return trials
        best = {number for *_, number in self._best}
        stride = math.ceil((ended - _BEST) / _OTHERS)
        return [one for one in trials if one.number % stride == 0 or one.number in best or one.state not in _ENDED]

    def _see(self, trial: FrozenTrial) -> None:
        if trial.number in self._seen:
            return
        self._seen.add(trial.number)
        kind, epochs, value = self._rank(trial)
        heapq.heappush(self._best, (-kind, -epochs, -value, trial.number))
        if len(self._best) > _BEST:
            heapq.heappop(self._best)

    def _rank(self, trial: FrozenTrial) -> tuple[float, float, float]:
        """Smaller is better, as the TPE orders trials: those that came to their end by value, then those that were cut,
        a later epoch first, then those that fail a constraint (`_split_trials` in optuna/samplers/_tpe/sampler.py,
        Optuna 5.0)."""
        fails = sum(by for by in trial.constraints.values() if by > 0)
        if fails:
            return 3, 0, fails
        if trial.state == TrialState.COMPLETE and trial.value is not None:
            return 0, 0, self._sign * trial.value
        if not trial.intermediate_values:
            return 2, 0, 0
        last = max(trial.intermediate_values)
        value = self._sign * trial.intermediate_values[last]
        return 1, -last, value if math.isfinite(value) else math.inf
