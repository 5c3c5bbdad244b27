"""The processes that run trials, as the driver knows them: where they are, what they run, when they last spoke."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

import ray
from ray.tune.experiment import Trial

from tune_jobs.cluster import Cluster, on_node


@dataclass
class Worker:
    """A process while it runs a trial."""

    trial: str
    address: str  # of its node
    process: int
    actor: Any
    heard: float  # time.monotonic() of its last word
    killed: bool = False


class Workers:
    """Those that are busy, by Ray's id of their trial."""

    def __init__(self) -> None:
        self._busy: dict[str, Worker] = {}
        self._slots: dict[tuple[str, int], int] = {}  # address and process of a worker: its slot
        self._hosts: dict[str, str] = {}

    def began(self, trial: Trial) -> Worker:
        """A worker has taken up a trial."""
        place, actor = trial.temporary_state.location, trial.temporary_state.ray_actor
        worker = Worker(trial.config["trial"], trial.get_ray_actor_ip(), place.pid, actor, time.monotonic())
        self._busy[trial.trial_id] = worker
        return worker

    def heard(self, trial: Trial) -> None:
        if trial.trial_id in self._busy:
            self._busy[trial.trial_id].heard = time.monotonic()

    def ended(self, trial: Trial) -> None:
        self._busy.pop(trial.trial_id, None)

    def silent_for(self, seconds: float) -> list[Worker]:
        """Workers that have said nothing for so long; each is named once."""
        now = time.monotonic()
        silent = [one for one in self._busy.values() if not one.killed and now - one.heard > seconds]
        for worker in silent:
            worker.killed = True
        return silent

    def kill_all(self) -> None:
        for worker in self._busy.values():
            ray.kill(worker.actor)

    def host(self, address: str) -> str:
        """The name of a node, by its address."""
        if address not in self._hosts:
            self._hosts = {node["NodeManagerAddress"]: node["NodeManagerHostname"] for node in ray.nodes()}
        return self._hosts.get(address, address)

    def slot(self, worker: Worker) -> int:
        """A worker keeps its number; a new worker takes the lowest one that no busy worker has."""
        key = (worker.address, worker.process)
        if key not in self._slots:
            taken = {self._slots.get((busy.address, busy.process)) for busy in self._busy.values()}
            free = next(number for number in range(len(taken) + 1) if number not in taken)
            self._slots = {known: number for known, number in self._slots.items() if number != free}
            self._slots[key] = free
        return self._slots[key]


def kill_process(cluster: Cluster, worker: Worker) -> None:
    """End a worker that no longer listens, from its own node; what it ran is taken up again from its checkpoint."""
    addresses = {node["NodeID"]: node["NodeManagerAddress"] for node in ray.nodes()}
    for node in cluster.nodes():
        if addresses.get(node.id) == worker.address:
            on_node(node.id, os.kill, worker.process, signal.SIGKILL)
            return


def node_died(error: BaseException | None) -> bool:
    """Whether a trial was lost with its node."""
    lost = isinstance(error, ray.exceptions.RayActorError | ray.exceptions.NodeDiedError)
    return lost and "node" in str(error).lower()
