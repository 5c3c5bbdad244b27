"""How Ray Tune's searcher, scheduler and callback interfaces lead to the one SweepScheduler. No decision is taken here.

Ray asks three objects (a searcher what to run, a scheduler whether to go on, callbacks what to note) in an order of its
own. All three are thin and share one scheduler, so that nothing depends on that order, and Ray's own snapshots of them
hold nothing: a resume is a new run over the old record.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.progress_reporter import TrialProgressCallback
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from tune_jobs.resources.slot_allocator import SlotAllocator
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.hang_timeout import hang_timeout
from tune_jobs.search.messages import NoteMessage
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.stop_conditions import Halt
from tune_jobs.storage.faults import StorageLostError
from tune_jobs.workers.last_task import LastTask
from tune_jobs.workers.start_watch import StartWatch
from tune_jobs.workers.trainable import MESSAGE, TrialHeldError
from tune_jobs.workers.workers import Workers

_LOW_ON_MEMORY = "running low on memory"  # Ray says so where it kills a worker to save its node
_KILLED_FOR_MEMORY = "its worker was killed, because its node ran low on memory"
RETRIES = 3  # a trial fails when its worker process is lost more often than this


class SweepHaltedError(Exception):
    """The sweep ends before its trials do."""

    def __init__(self, reason: Halt) -> None:
        super().__init__(reason)
        self.reason = reason


class _NotInSnapshots:
    """Ray pickles its parts into a snapshot that nothing of ours reads; a scheduler holds an open file."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class RaySearcher(_NotInSnapshots, Searcher):  # type: ignore[misc]  # Ray is untyped
    """Hands out the scheduler's trials, as many at once as `allocator` has slots for."""

    def __init__(self, scheduler: SweepScheduler, allocator: SlotAllocator, interrupt: Callable[[], None]) -> None:
        """`interrupt` raises where the sweep is to end, since Ray may ask here for minutes without a step."""
        super().__init__()
        self._scheduler, self._allocator, self._interrupt = scheduler, allocator, interrupt

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        self._interrupt()
        if not self._scheduler.is_out():
            gpu_numbers = self._allocator.acquire(trial_id, self._scheduler.next_share())
            if gpu_numbers is None:
                return None
            with _storage_may_be_lost():
                assignment = self._scheduler.next_trial()
                if assignment is not None:
                    return {**dataclasses.asdict(assignment), "gpu_numbers": gpu_numbers}
            self._allocator.release(trial_id)
        # A trial that runs, or is about to, may be given out again.
        may_go_on = self._scheduler.may_run_again() or not self._allocator.is_idle
        return None if may_go_on else str(Searcher.FINISHED)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """The trial's slot is free again. The scheduler has heard of the end already."""
        self._allocator.release(trial_id)

    def save(self, checkpoint_path: str) -> None:
        """Nothing is saved here, since a resume reads the record and nothing of Ray's."""


class RayScheduler(_NotInSnapshots, FIFOScheduler):  # type: ignore[misc]
    """Stops a trial when the scheduler says that it is over."""

    def __init__(self, scheduler: SweepScheduler, last: LastTask | None) -> None:
        super().__init__()
        self._scheduler, self._last = scheduler, last
        self._begun: set[str] = set()  # trials for which Ray has a worker, or one on its way, by its ids for them

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        with _storage_may_be_lost():
            if self._scheduler.hear(result[MESSAGE]):
                worker = trial.temporary_state.ray_actor
                worker.release.remote()  # Ray may keep the process idle for long
                if self._last is not None and self._scheduler.is_done():
                    self._last.begin(worker)
                return str(TrialScheduler.STOP)
        return str(TrialScheduler.CONTINUE)

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        """First, Ray forgets trials that ended while it meant to take them up again, as one killed for its memory.

        A new trial comes before one whose worker is starting. Ray gives a free worker to the trial that is named here,
        and ends the worker that was starting for it: where trials are shorter than a start, workers would be started
        again and again, and none would ever be ready.
        """
        _forget_ended(tune_controller._tune_controller)
        trials = tune_controller.get_trials()
        for trial in trials:
            if trial.status == Trial.PENDING and self._scheduler.is_over(trial.config["trial"]):
                tune_controller.stop_trial(trial)
        new = (trial for trial in trials if trial.status == Trial.PENDING and trial.trial_id not in self._begun)
        chosen = next(new, None) or super().choose_trial_to_run(tune_controller)
        if chosen is not None:
            self._begun.add(chosen.trial_id)
        return chosen

    def on_trial_complete(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> None:
        self._begun.discard(trial.trial_id)


class RayCallback(_NotInSnapshots, TrialProgressCallback):  # type: ignore[misc]
    """Tells the scheduler of starts and lost workers, kills those that hang, ends the sweep when `halted` says so.

    It stands in for Ray's callback of that kind, which Ray adds where there is none, and which keeps every trial.
    """

    def __init__(
        self,
        scheduler: SweepScheduler,
        halted: Callable[[], Halt | None],
        starts: StartWatch,
        allocator: SlotAllocator,
    ) -> None:
        self._scheduler, self._halted, self._starts, self._allocator = scheduler, halted, starts, allocator
        self._workers = Workers()

    def on_step_begin(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        waiting = sum(trial.status == Trial.PENDING for trial in trials)
        reason = self._halted()
        if reason is not None:
            self._workers.kill_all()
            raise SweepHaltedError(reason)
        room, running = self._allocator.room(), self._workers.busy
        self._starts.look(waiting=waiting, running=running, room=room, now=time.monotonic())
        limit = hang_timeout(self._scheduler.longest_epoch(), self._scheduler.space.budget)
        for worker in self._workers.silent_for(limit):
            self._note(f"no report for {limit:.0f} s; its worker is taken to hang and killed", worker.trial)
            worker.kill()

    def on_trial_start(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        worker = self._workers.began(trial)
        with _storage_may_be_lost():
            self._scheduler.started(_assignment(trial), node=worker.host, slot=self._workers.slot(worker))

    def on_trial_result(
        self, iteration: int, trials: list[Trial], trial: Trial, result: dict[str, Any], **info: Any
    ) -> None:
        self._workers.heard(trial)
        if not isinstance(result[MESSAGE], NoteMessage):
            self._starts.trained()

    def on_trial_complete(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self._workers.ended(trial)

    def on_trial_recover(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        name, worker, cause = trial.config["trial"], self._workers.ended(trial), _last_failure(trial)
        times = f"{trial.run_metadata.num_failures} of at most {RETRIES} times"
        if worker is None and _LOW_ON_MEMORY in cause:  # other processes used the memory up
            self._note(f"its worker could not start, because its node ran low on memory ({times})", name)
        elif worker is None:
            self._uncount(trial, f"its worker could not start ({cause})", cause)
        elif worker.ran_out_of_memory():  # the next try would be killed too
            with _storage_may_be_lost():
                self._scheduler.failed(_assignment(trial), _KILLED_FOR_MEMORY)
        elif worker.lost_its_node():
            self._uncount(trial, "its node was lost; it goes on from its checkpoint where there is room")
        elif TrialHeldError.__name__ in cause:
            self._uncount(trial, "its files are still held by the worker that had it before; it is tried again", cause)
        else:
            self._note(f"its worker was lost ({times}); it goes on from its checkpoint", name)

    def _uncount(self, trial: Trial, text: str, why: str | None = None) -> None:
        """What was not the trial's failure counts against none; what keeps workers from starting ends the sweep."""
        trial.run_metadata.num_failures -= 1
        self._note(text, trial.config["trial"])
        if why is not None:
            self._starts.failed(why, time.monotonic())

    def on_trial_error(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        worker, cause = self._workers.ended(trial), _last_failure(trial)
        if worker is None and trial.run_metadata.num_failures <= RETRIES:
            # It had been given to a worker that was idle, and lost: Ray does not take such a trial up again.
            self._note(
                "the worker that it was given to was lost before it began; it is given to another one",
                trial.config["trial"],
            )
            self._starts.failed(cause, time.monotonic())
            self._scheduler.give_again(_assignment(trial))
            return
        error = f"its worker was lost {RETRIES + 1} times: {cause}"
        with _storage_may_be_lost():
            self._scheduler.failed(_assignment(trial), _KILLED_FOR_MEMORY if _LOW_ON_MEMORY in cause else error)

    def _note(self, text: str, trial: str) -> None:
        with _storage_may_be_lost():
            self._scheduler.note(text, trial=trial)


def _forget_ended(controller: Any) -> None:
    """Ray goes through its list of trials several times a step; those that have ended leave it, and the two sets that
    keep them, one of them for snapshots that nobody reads. The last one stays in the list, since Ray takes an empty one
    for one that was lost."""
    trials = controller._trials
    if len(trials) > 1 and any(trial.status == Trial.TERMINATED for trial in trials[:-1]):
        trials[:] = [trial for trial in trials[:-1] if trial.status != Trial.TERMINATED] + trials[-1:]
    controller._stopped_trials.clear()
    controller._trials_to_cache.clear()


def _assignment(trial: Trial) -> Assignment:
    return Assignment(trial.config["trial"], trial.config["config"], trial.config["gpus"])


def _last_failure(trial: Trial) -> str:
    """What Ray says about how the trial's worker was lost last, in a line: an exception's own, else the first."""
    if not trial.error_file:
        return "unknown"
    lines = Path(trial.error_file).read_text().rpartition("Failure # ")[2].partition("\n")[2].strip().splitlines()
    if not lines:
        return "unknown"
    return lines[-1].strip() if lines[0].startswith("\x1b[36mray::") or lines[0].startswith("ray::") else lines[0]


@contextlib.contextmanager
def _storage_may_be_lost() -> Iterator[None]:
    """The scheduler remembers that it could not write; the sweep is halted at Ray's next step."""
    with contextlib.suppress(StorageLostError):
        yield
