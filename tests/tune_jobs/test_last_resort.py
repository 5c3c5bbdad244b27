"""A sweep whose main thread waits in Ray for ever is ended all the same, and one that ends by itself is let be."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tune_jobs.errors import EXIT_PAUSED, EXIT_SIGTERM

# As within Ray, the main thread waits in a system call that starts again behind a signal: Python calls no handler.
SWEEP = """
import ctypes, os, signal, sys
from pathlib import Path
from reports.records.folder import SweepFolder
from tune_jobs import last_resort
from tune_jobs.last_resort import Exit, LastResort
from tune_jobs.search.stop_conditions import StopConditions

last_resort._ORDERLY_SECONDS = last_resort._LOST_SECONDS = 0.3
lost, waits = sys.argv[1:]
conditions = StopConditions(SweepFolder(Path("s")), None, lambda: None, lambda: None)
with LastResort() as last:
    last.guard(
        due=lambda: conditions.signalled() or (lost == "lost" and "paused" or None),
        lost=lambda: lost == "lost",
        close=lambda reason: print("closed:", reason),
        leave=lambda reason: Exit("Go on with: tune resume s", {"paused": 4, "SIGTERM": 143}[reason]),
    )
    with conditions.on_signals():
        signal.siginterrupt(signal.SIGTERM, False)
        print("runs", flush=True)
        if waits == "waits":
            reading, _ = os.pipe()
            ctypes.CDLL(None).read(reading, ctypes.create_string_buffer(1), 1)
print("ended by itself")
"""


def run(lost: str, waits: str = "waits", send: int | None = None) -> tuple[int, list[str]]:
    with subprocess.Popen([sys.executable, "-c", SWEEP, lost, waits], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "runs\n"
        if send is not None:
            process.send_signal(send)
        output = process.stdout.read()
    return process.returncode, output.splitlines()


def test_a_signal_ends_it_though_python_cannot_hear_it():
    assert run("well", send=signal.SIGTERM) == (EXIT_SIGTERM, ["closed: SIGTERM", "Go on with: tune resume s"])


def test_a_ray_that_is_lost_ends_it():
    assert run("lost") == (EXIT_PAUSED, ["closed: paused", "Go on with: tune resume s"])


@pytest.mark.parametrize("lost", ["well", "lost"])
def test_what_ends_by_itself_is_let_be(lost):
    assert run(lost, waits="") == (0, ["ended by itself"])
