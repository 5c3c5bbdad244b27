"""Which GPUs torch can train on, asked in a process of its own; on a machine that has none, they are pretended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tune_jobs.cluster.gpus import gpu_resource, usable_gpus, visible_gpus

ROOT = Path(__file__).resolve().parents[3]
PRETENDED = ROOT / "tests" / "tune_jobs" / "resources" / "pretended_gpus"
ASK = "from tune_jobs.cluster.gpus import *; print(visible_gpus(), usable_gpus())"


def ask(*folders: Path) -> subprocess.CompletedProcess[str]:
    """Ask on a machine of two pretended GPUs, with these folders before all others on Python's path."""
    path = os.pathsep.join(map(str, (*folders, PRETENDED, ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "PRETENDED_GPUS": "2", "PRETENDED_HUNGRY": ""}
    return subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_gpus_are_named_as_torch_names_them_in_its_order():
    assert ask().stdout.strip() == "2 ['GPU-0', 'GPU-1']"


def test_a_torch_that_fails_where_there_are_gpus_is_said_in_a_line(tmp_path):
    (tmp_path / "torch.py").write_text("raise RuntimeError('the driver is too old')")
    answer = ask(tmp_path)
    assert answer.returncode
    last_line = answer.stderr.strip().splitlines()[-1]
    assert last_line.endswith("torch cannot say which GPUs it can use: RuntimeError: the driver is too old")


def test_no_gpu_is_usable_where_none_is_visible_and_no_more_than_are():
    assert len(usable_gpus()) <= visible_gpus()


def test_each_gpu_is_a_resource_of_its_own():
    assert len({gpu_resource(number) for number in range(3)}) == 3
