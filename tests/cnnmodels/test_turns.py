"""Whoever measures a time runs alone."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
import torch

from cnnmodels.turns import Turns

CPU = torch.device("cpu")
STEPS = """
import sys, time, torch
from pathlib import Path
from cnnmodels.turns import Turns

turns = Turns(Path(sys.argv[1]))
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    with turns.step(torch.device("cpu")):
        began = time.monotonic()
        time.sleep(0.004)
        print(began, time.monotonic(), flush=True)
"""


@pytest.fixture
def stepping(tmp_path):
    runs = []

    def start(steps):
        words = [sys.executable, "-c", STEPS, str(tmp_path / "turns"), str(steps)]
        runs.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
        assert runs[-1].stdout.readline() == "ready\n"
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.wait()
        run.stdout.close()


def test_nobody_takes_a_step_while_one_measures(tmp_path, stepping):
    others = [stepping(300), stepping(300)]
    turns, alone = Turns(tmp_path / "turns"), []
    for _ in range(5):
        with turns.alone():
            began = time.monotonic()
            time.sleep(0.02)
            alone.append((began, time.monotonic()))
        time.sleep(0.03)
    steps = [tuple(map(float, line.split())) for other in others for line in other.communicate()[0].splitlines()]
    assert len(steps) == 600, "and all others go on"
    overlapping = [(step, own) for step in steps for own in alone if step[0] < own[1] and own[0] < step[1]]
    assert not overlapping
    assert any(step[0] > alone[0][1] for step in steps)
    assert any(step[1] < alone[-1][0] for step in steps)


def test_one_that_is_killed_holds_nobody_up(tmp_path, stepping):
    other = stepping(1_000_000)
    other.stdout.readline()
    other.kill()
    with Turns(tmp_path / "turns").alone():
        assert other.wait() < 0


def test_steps_are_taken_beside_each_other(tmp_path):
    one, other = Turns(tmp_path / "turns"), Turns(tmp_path / "turns")
    with one.step(CPU), other.step(CPU):
        pass


def test_without_a_folder_nothing_waits():
    turns = Turns()
    with turns.step(CPU), turns.step(CPU):
        pass
