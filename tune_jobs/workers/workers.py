"""The processes that run trials, as the driver knows them: where they are, what they run, when they last spoke."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any

import ray
from ray._private import state as ray_state  # the public ray.util.state needs a dashboard, which plain Ray lacks
from ray.tune.experiment import Trial

from tune_jobs.cluster.cluster import on_node

_ANSWER_SECONDS = 3  # a node that lives takes a connection within this time


@dataclass
class Worker:
    """A process while it runs a trial."""

    trial: str
    actor: Any
    id: str  # Ray's id of the process, which stays from trial to trial
    node: str  # Ray's id of its node
    host: str
    process: int
    heard: float  # time.monotonic() of its last word
    killed: bool = False

    @classmethod
    def of(cls, trial: Trial) -> Worker:
        """The process that has just taken up a trial."""
        actor = trial.temporary_state.ray_actor
        known = ray_state.actors(actor._actor_id.hex())
        node = known["Address"]["NodeID"]
        hosts = {one["NodeID"]: one["NodeManagerHostname"] for one in ray.nodes()}
        host = hosts.get(node, known["Address"]["IPAddress"])
        return cls(trial.config["trial"], actor, known["ActorID"], node, host, known["Pid"], time.monotonic())

    def kill(self) -> None:
        """End it from its own node, though it no longer listens; what it ran is taken up again from its checkpoint."""
        on_node(self.node, _kill, self.process)

    def lost_its_node(self) -> bool:
        """Whether its node is no more. Ray may hear of the worker first, so the node itself is asked."""
        node = next((one for one in ray.nodes() if one["NodeID"] == self.node and one["Alive"]), None)
        if node is None:
            return True
        try:
            place = (node["NodeManagerAddress"], node["NodeManagerPort"])
            socket.create_connection(place, timeout=_ANSWER_SECONDS).close()
        except OSError:
            return True
        return False

    def ran_out_of_memory(self) -> bool:
        """Whether Ray killed it, since its node ran low on memory."""
        return "low on memory" in str(ray_state.actors(self.id).get("DeathCause", "")).lower()


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


class Workers:
    """The workers that are busy, by Ray's id of their trial."""

    def __init__(self) -> None:
        self._busy: dict[str, Worker] = {}
        self._slots: dict[str, int] = {}  # of each worker, by its id

    @property
    def busy(self) -> int:
        """How many there are."""
        return len(self._busy)

    def began(self, trial: Trial) -> Worker:
        """A worker has taken up a trial."""
        worker = self._busy[trial.trial_id] = Worker.of(trial)
        return worker

    def heard(self, trial: Trial) -> None:
        """A worker has reported."""
        if trial.trial_id in self._busy:
            self._busy[trial.trial_id].heard = time.monotonic()

    def ended(self, trial: Trial) -> Worker | None:
        """A trial has left its worker."""
        return self._busy.pop(trial.trial_id, None)

    def silent_for(self, seconds: float) -> list[Worker]:
        """Workers that have said nothing for so long; each is named once."""
        now = time.monotonic()
        silent = [one for one in self._busy.values() if not one.killed and now - one.heard > seconds]
        for worker in silent:
            worker.killed = True
        return silent

    def kill_all(self) -> None:
        for worker in self._busy.values():
            with contextlib.suppress(ray.exceptions.RayError):  # Ray may have been lost before
                ray.kill(worker.actor)

    def slot(self, worker: Worker) -> int:
        """A worker keeps its number; a new worker takes the lowest one that no busy worker has."""
        if worker.id not in self._slots:
            taken = {self._slots.get(busy.id) for busy in self._busy.values()}
            free = next(number for number in range(len(taken) + 1) if number not in taken)
            self._slots = {known: number for known, number in self._slots.items() if number != free}
            self._slots[worker.id] = free
        return self._slots[worker.id]
