"""How Ray Tune's searcher, scheduler and callback interfaces lead to the one Ledger. No decision is taken here.

Ray asks three objects (a searcher what to run, a scheduler whether to go on, callbacks what to note) in an order of its
own. All three are thin and share one ledger, so that nothing depends on that order, and Ray's own snapshots of them
hold nothing: a resume is a new run over the old record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ray
from ray.tune import Callback
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from tune_jobs.halting import Halt
from tune_jobs.ledger import Assignment, Ledger
from tune_jobs.trainable import REPORT

RETRIES = 3  # times that a trial's worker process may be lost before the trial has failed


class SweepHaltedError(Exception):
    """The sweep ends before its trials do."""

    def __init__(self, reason: Halt) -> None:
        super().__init__(reason)
        self.reason = reason


class _NotInSnapshots:
    """Ray pickles its parts into a snapshot that nothing of ours reads; a ledger holds an open file."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class LedgerSearcher(_NotInSnapshots, Searcher):  # type: ignore[misc]  # Ray is untyped
    """Hands out the ledger's trials."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def suggest(self, trial_id: str) -> dict[str, Any] | str:
        assignment = self._ledger.next_trial()
        if assignment is None:
            return str(Searcher.FINISHED)
        return {"trial": assignment.trial, "config": assignment.config}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """The ledger has heard already."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing of Ray's is restored; the record is."""


class LedgerScheduler(_NotInSnapshots, FIFOScheduler):  # type: ignore[misc]
    """Stops a trial when the ledger says that it is over."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        over = self._ledger.epoch(result[REPORT])
        return str(TrialScheduler.STOP if over else TrialScheduler.CONTINUE)


class LedgerCallback(_NotInSnapshots, Callback):  # type: ignore[misc]
    """Tells the ledger of starts and lost workers, and ends the sweep when `halted` gives a reason to."""

    def __init__(self, ledger: Ledger, halted: Callable[[], Halt | None]) -> None:
        self._ledger, self._halted = ledger, halted
        self._hosts = {node["NodeManagerAddress"]: node["NodeManagerHostname"] for node in ray.nodes()}
        self._slots: dict[int, int] = {}  # process number of a worker: its slot
        self._busy: dict[str, tuple[int, ray.actor.ActorHandle]] = {}  # Ray's trial id: process and actor

    def on_step_begin(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        reason = self._halted()
        if reason is not None:
            for _, actor in self._busy.values():
                ray.kill(actor)
            raise SweepHaltedError(reason)

    def on_trial_start(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        address = trial.get_ray_actor_ip()
        process = trial.temporary_state.location.pid
        self._busy[trial.trial_id] = (process, trial.temporary_state.ray_actor)
        assignment = Assignment(trial.config["trial"], trial.config["config"])
        self._ledger.started(assignment, node=self._hosts.get(address, address), slot=self._slot(process))

    def on_trial_complete(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self._busy.pop(trial.trial_id, None)

    def on_trial_recover(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self._busy.pop(trial.trial_id, None)
        lost = trial.run_metadata.num_failures
        text = f"its worker was lost ({lost} of at most {RETRIES} times); it goes on from its checkpoint"
        self._ledger.note(text, trial=trial.config["trial"])

    def on_trial_error(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self._busy.pop(trial.trial_id, None)
        error = trial.get_error()
        first_line = str(error).strip().splitlines()[0] if error else "unknown"
        self._ledger.failed(trial.config["trial"], f"its worker was lost {RETRIES + 1} times: {first_line}")

    def _slot(self, process: int) -> int:
        """A worker keeps its number; a new worker takes the lowest one that no busy worker has."""
        if process not in self._slots:
            taken = {self._slots.get(busy) for busy, _ in self._busy.values()}
            free = next(number for number in range(len(taken) + 1) if number not in taken)
            self._slots = {known: number for known, number in self._slots.items() if number != free}
            self._slots[process] = free
        return self._slots[process]
