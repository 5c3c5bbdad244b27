"""A Ray of our own with the processes that a sweep needs, and no others."""

from __future__ import annotations

import os
import signal
import sys

import psutil
import pytest

from tests.tune_jobs.sweeps import wait_until
from tune_jobs.cluster.cluster import connect
from tune_jobs.cluster.lean_ray import environment_of_this_process

pytestmark = pytest.mark.slow


class Answers:
    """Stands where Ray Tune has a trial's class."""

    def where(self) -> tuple[int, bool]:
        return os.getpid(), "torch" in sys.modules


def _process() -> int:
    return os.getpid()


def started() -> dict[str, list[psutil.Process]]:
    """Our children's children, by the last word of their command that is a file or a title."""
    raylet = next(one for one in psutil.Process().children() if one.name() == "raylet")
    found: dict[str, list[psutil.Process]] = {"raylet": [raylet]}
    for child in raylet.children():
        words = child.cmdline()
        name = "agent" if any("agent" in word for word in words[:4]) else "worker"
        found.setdefault(name, []).append(child)
    return found


def test_trials_run_in_the_workers_that_were_started_ahead_and_no_others_are_started():
    with connect() as cluster, environment_of_this_process():
        import ray
        from ray.tune.execution.class_cache import _ActorClassCache

        assert cluster.lean
        ahead = {one.pid for one in started()["worker"]}
        actors = [_ActorClassCache().get(Answers).options(num_cpus=1).remote() for _ in ahead]
        places = ray.get([actor.where.remote() for actor in actors], timeout=120)
        assert {pid for pid, _ in places} == ahead
        assert all(with_torch for _, with_torch in places)
        assert {one.pid for one in started()["worker"]} == ahead


def test_as_many_workers_are_started_ahead_as_are_asked_for():
    with connect(ahead=lambda cores, gpus: 1):
        import ray

        wait_until(lambda: "worker" in started())
        (ahead,) = started()["worker"]
        assert ray.get(ray.remote(num_cpus=1)(_process).remote(), timeout=120) == ahead.pid
        assert started()["worker"] == [ahead]


def test_a_raylet_s_agents_are_stand_ins_that_end_with_it_however_it_ends():
    with connect():
        of = started()
        assert [words[-1].rpartition("/")[2] for words in (one.cmdline() for one in of["agent"])] == ["no_agent.py"] * 2
        os.kill(of["raylet"][0].pid, signal.SIGKILL)
        wait_until(lambda: not any(one.is_running() for one in of["agent"]))
