"""StudyStorage: where an Optuna study is kept, so that a proposal hardly costs more after thousands of trials.

A sampler asks for all trials several times a proposal, and the TPE weighs each of them at each knob. Once there are
many, it gets the best ones, among which are all that it calls good (25 at most), those that run, and an even part of
the rest, which is all that it needs to know where bad ones lie. The file holds every trial.
"""

from __future__ import annotations

import copy
import heapq
import json
import math
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

_BEST, _OTHERS = 100, 400
_TELLING = (TrialState.COMPLETE, TrialState.PRUNED)


class StudyStorage(JournalStorage):
    """One study in a file, as its sampler sees it. Nobody else adds trials to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(_Unsynchronised(str(path)))
        self._ended: EndedTrials | None = None  # until there is a study; none where it has two objectives
        self._open: set[int] = set()  # ids of the trials that have not ended

    def create_new_study(self, directions: Any, study_name: str | None = None) -> int:
        """As Optuna has it."""
        self._ended = EndedTrials(directions[0]) if len(directions) == 1 else None
        return super().create_new_study(directions, study_name)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """As Optuna has it."""
        trial_id = super().create_new_trial(study_id, template_trial)
        self._note(trial_id)
        return trial_id

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """As Optuna has it."""
        done = super().set_trial_state_values(trial_id, state, values)
        self._note(trial_id)
        return done

    def _note(self, trial_id: int) -> None:
        trial = self.get_trial(trial_id)
        if not trial.state.is_finished():
            self._open.add(trial_id)
        elif self._ended is not None:
            self._open.discard(trial_id)
            self._ended.add(trial)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """All of a few trials; of many, those that a sampler learns from."""
        if self._ended is None:
            return super().get_all_trials(study_id, deepcopy, states)
        trials = [*self._ended.some(), *(self.get_trial(trial_id) for trial_id in self._open)]
        trials.sort(key=lambda trial: trial.number)
        found = [trial for trial in trials if states is None or trial.state in states]
        return copy.deepcopy(found) if deepcopy else found


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


class EndedTrials:
    """The trials of a study with one objective that have ended, of which a sampler is shown some."""

    def __init__(self, direction: StudyDirection) -> None:
        self._sign = -1.0 if direction == StudyDirection.MAXIMIZE else 1.0
        self._trials: dict[int, FrozenTrial] = {}  # by number
        self._counted = 0  # those that say something; a failed one does not
        self._best: list[tuple[float, float, float, int]] = []  # a heap, the worst of them first
        self._some: list[FrozenTrial] | None = None  # until another one ends

    def add(self, trial: FrozenTrial) -> None:
        """Another one has ended."""
        self._trials[trial.number], self._some = trial, None
        if trial.state not in _TELLING:
            return
        self._counted += 1
        kind, epochs, value = self._rank(trial)
        heapq.heappush(self._best, (-kind, -epochs, -value, trial.number))
        if len(self._best) > _BEST:
            heapq.heappop(self._best)

    def some(self) -> list[FrozenTrial]:
        """All, if they are few; else the best and an even part of the others."""
        if self._some is None:
            stride = max(1, math.ceil((self._counted - _BEST) / _OTHERS))
            even = range(0, max(self._trials, default=0) + 1, stride)
            numbers = {*even, *(number for *_, number in self._best)}
            self._some = [self._trials[number] for number in numbers if number in self._trials]
        return self._some

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
