"""Our scheduler over a table: the very object that a real sweep drives, with a record in memory-backed files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

from optuna.storages import InMemoryStorage

from benchmarks.replay.clock import Job
from benchmarks.replay.spaces import EPOCHS
from benchmarks.replay.table import CurveTable
from reports.records.folder import SweepFolder
from reports.records.record import SweepEnded
from reports.records.spec import DataSummary, SweepSpec
from reports.records.state import TrialState
from search_spaces.schema import SearchSpace
from tune_jobs.search import optuna_study
from tune_jobs.search.messages import Ended, EpochMessage
from tune_jobs.search.samplers import SAMPLERS, Sampler
from tune_jobs.search.scheduler import SweepScheduler

_DATA = DataSummary(layout="table", fingerprint="0", classes=(), colors=(), counts={}, image_size=(1, 1))
_SAMPLERS = dict(SAMPLERS)  # as they are outside of a replay
_FAST = Path("/dev/shm")  # files in memory, where a system has them


class TableSampler(Sampler, Protocol):
    """A sampler whose proposals are configurations of a table."""

    configurations: dict[str, int]


SamplerMaker = Callable[[SweepSpec, Path], TableSampler]


class OurSearch:
    """A sweep by SweepScheduler, with a sampler that proposes from the table; the default comes first."""

    def __init__(self, table: CurveTable, make: SamplerMaker, budget: dict[str, Any], seed: int) -> None:
        """
        Args:
            table: what there is to try.
            make: the sampler.
            budget: what of the space's budget is otherwise: grace epochs, reduction factor, pruner.
            seed: of the sampler.
        """
        self._scratch = tempfile.TemporaryDirectory(dir=_FAST if _FAST.is_dir() else None)
        folder = SweepFolder(Path(self._scratch.name))
        spec = spec_of(table.space, budget, seed)
        self._sampler: TableSampler

        def made(spec: SweepSpec, journal: Path, finished: Sequence[TrialState]) -> Sampler:
            self._sampler = make(spec, journal)
            return self._sampler

        with patch.dict(SAMPLERS, {spec.space.budget.sampler: made}):
            self._scheduler = SweepScheduler(folder, spec, trials=len(table.configurations), slots=1)
        self._metric = table.space.objective.metric

    def next(self) -> Job | None:
        assignment = self._scheduler.next_trial()
        if assignment is None:
            return None
        self._scheduler.started(assignment, node="table", slot=0)
        return Job(assignment.trial, self._sampler.configurations[assignment.trial])

    def hear(self, job: Job, epoch: int, value: float | None) -> bool:
        ended: Ended | None = "diverged" if value is None else "completed" if epoch == EPOCHS else None
        return self._scheduler.hear(EpochMessage(job.trial, epoch, {self._metric: value}, {}, ended))

    def close(self) -> None:
        self._scheduler.close(SweepEnded(reason="completed"))
        self._scratch.cleanup()


def spec_of(space: SearchSpace, budget: dict[str, Any], seed: int) -> SweepSpec:
    """A sweep of the space with another budget."""
    changed = SearchSpace.model_validate({**space.as_written(), "budget": {"max_epochs": EPOCHS, **budget}})
    return SweepSpec(name="replay", command="", seed=seed, space=changed, data=_DATA)


def study_in_memory(name: str, spec: SweepSpec, journal: Path) -> optuna_study.OptunaStudy:
    """A sampler of the table of samplers, its study in memory: writing thousands of lines would take most of the time.

    Raises:
        TypeError: no Optuna study stands behind the sampler.
    """
    with patch.object(optuna_study, "StudyStorage", lambda path: InMemoryStorage()):
        study = _SAMPLERS[name](spec, journal, [])
    if not isinstance(study, optuna_study.OptunaStudy):
        raise TypeError(f"{name}: not an Optuna study")
    return study
