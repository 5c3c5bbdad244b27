"""Ray's own processes under a sweep of this machine: suspended, killed, and signalled together with their driver."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.tune_jobs.sweeps import (
    PATIENCE,
    SLOW,
    epochs_recorded,
    finish,
    launch_words,
    nothing_lost,
    still_so,
    wait_for,
    wait_until,
)
from tune_jobs.cluster import cluster
from tune_jobs.cluster.cluster import connect
from tune_jobs.errors import EXIT_PAUSED, EXIT_SIGTERM

pytestmark = pytest.mark.slow


def child(process, name: str) -> psutil.Process:
    return next(one for one in psutil.Process(process.pid).children() if one.name() == name)


def own_folder_of(process) -> Path:
    word = next(word for word in child(process, "raylet").cmdline() if word.startswith("--temp_dir="))
    return Path(word.partition("=")[2]).parent


def suspend_for_a_moment(process, folder) -> None:
    raylet = child(process, "raylet")
    raylet.suspend()
    time.sleep(5)
    raylet.resume()
    before = epochs_recorded(folder)
    wait_for(lambda: epochs_recorded(folder) >= before + 3, process)


def test_a_sweep_whose_ray_is_lost_in_any_way_ends_in_words_and_is_taken_up(command, folder):
    def lose(start: list[str], lose_it, code: int, text: str, reason: str) -> None:
        """Run on for two epochs, then lose it; nothing is left running, or lying in the temporary folder."""
        before, epochs = folder.state() if folder.exists() else None, epochs_recorded(folder)
        process = command(*start)
        wait_for(lambda: epochs_recorded(folder) >= epochs + 2, process)
        started = psutil.Process(process.pid).children(recursive=True)
        own = own_folder_of(process)
        assert own.stat().st_mode & 0o777 == 0o700
        lose_it(process)
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, output
        assert text in output
        assert "tune resume s" in output
        assert "Traceback" not in output
        assert folder.state().end.reason == reason
        assert all(trial.reason for trial in folder.state().trials.values())
        wait_until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in started))
        assert not own.exists()
        if before:
            still_so(before, folder.state())

    def suspended_then_killed(process):
        suspend_for_a_moment(process, folder)
        child(process, "raylet").kill()

    def everything_terminated(process):  # as systemd does it
        for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            one.terminate()

    words, again = launch_words("s", [*SLOW, "budget.trials=16", "budget.reduction_factor=null"]), ["resume", "s"]
    lose(words, suspended_then_killed, EXIT_PAUSED, "Paused: Ray's raylet on this machine has ended.", "paused")
    lose(again, lambda process: child(process, "gcs_server").suspend(), EXIT_PAUSED, "is suspended.", "paused")
    lose(again, lambda process: os.killpg(process.pid, signal.SIGTERM), EXIT_SIGTERM, "Terminated.", "interrupted")
    lose(again, everything_terminated, EXIT_SIGTERM, "Terminated.", "interrupted")
    before = folder.state()
    finish(command("resume", "s"))
    nothing_lost(before, folder, requested=16)


def test_ray_is_started_a_second_time_where_a_busy_machine_did_not_start_it_in_time(monkeypatch):
    import ray

    calls, plain = [], ray.init

    def busy_once(**how):
        calls.append(how)
        context = plain(**how)
        if len(calls) == 1:
            raise Exception("The current node timed out during startup.")
        return context

    monkeypatch.setattr(ray, "init", busy_once)
    with connect() as started:
        assert len(calls) == 2
        assert len(started.nodes()) == 1
        children = [one for one in psutil.Process().children(recursive=True) if "raylet" in one.name()]
        assert len(children) == 1, "what the first start left is gone"
    assert cluster._STARTS == 2
