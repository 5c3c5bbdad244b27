"""A process knows how much of its time other programs kept the processors from it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

SPIN = "while True: pass"
MEASURE = """\
import time
from tune_jobs.resources.processor_wait import ProcessorWait
waiting = ProcessorWait()
until = time.process_time() + 0.5
while time.process_time() < until:
    pass
print(waiting.share())
"""


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the scheduler of this machine does not say")
def test_three_others_on_the_same_core_make_a_process_wait():
    core = min(os.sched_getaffinity(0))
    pinned = ["taskset", "-c", str(core), sys.executable, "-c"]
    with ExitStack() as others:
        for _ in range(3):
            other = others.enter_context(subprocess.Popen([*pinned, SPIN]))
            others.callback(other.kill)
        said = subprocess.run([*pinned, MEASURE], capture_output=True, text=True, check=True)
    assert 0.5 < float(said.stdout) < 1.0
