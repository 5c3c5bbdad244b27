"""A worker ends itself when its raylet has; both are real processes here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tune_jobs.workers.orphan_watch import end_with_raylet

WORKER = """
import time
from tune_jobs.workers import orphan_watch
orphan_watch._POLL_SECONDS, orphan_watch._SUSPENDED_SECONDS = 0.05, 0.5
orphan_watch.end_with_raylet()
print(flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", ["kill", "suspend"])
def test_a_worker_whose_raylet_is_gone_or_suspended_for_long_ends_itself(monkeypatch, end):
    import psutil

    with subprocess.Popen(["sleep", "60"]) as raylet:
        monkeypatch.setenv("RAY_RAYLET_PID", str(raylet.pid))
        with subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE) as worker:
            worker.stdout.readline()
            assert worker.poll() is None
            getattr(psutil.Process(raylet.pid), end)()
            assert worker.wait(timeout=60) == 1
        raylet.kill()


def test_a_process_that_ray_did_not_start_watches_nothing(monkeypatch):
    monkeypatch.delenv("RAY_RAYLET_PID", raising=False)
    end_with_raylet()
