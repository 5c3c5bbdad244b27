"""Small real sweeps for tests, and the rule that none of them may break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd
import psutil

from cnnmodels.checkpoint import load
from reports.records.folder import SweepFolder
from reports.records.state import SweepState
from tune_jobs.driver import launch
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.progress import SilentProgress

_ROOT = Path(__file__).parents[2]
PATIENCE = 400  # seconds until something is taken to hang; a busy machine needs ten times as long as an idle one


class HasPid(Protocol):
    pid: int


TINY = [
    "data.images=20",
    "data.image_size=[24,32]",
    "fixed.width=4",
    "fixed.levels=2",
    "budget.trials=6",
    "budget.max_epochs=4",
    "budget.reduction_factor=2",
]
SLOW = [*TINY, "data.images=200", "data.image_size=[48,64]", "fixed.width=8"]  # about a second an epoch


def nothing_lost(before: SweepState, folder: SweepFolder, requested: int) -> None:
    """The rule of a finished sweep: what had ended stays so, with the same metrics; every asked trial ended once for
    good, each of its epochs is there once; kept weights load; the report's tables say what the record says.
    """
    after = folder.state()
    still_so(before, after)
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    ends = Counter(
        line["trial"] for line in lines if line["event"] == "trial_ended" and line["reason"] != "interrupted"
    )
    assert set(ends.values()) == {1}
    assert len(ends) == len(after.finished) == len(after.trials) == requested
    configs = [json.dumps(trial.config, sort_keys=True) for trial in after.trials.values()]
    assert len(set(configs)) == requested
    for trial in after.trials.values():
        assert sorted(trial.epochs) == list(range(1, len(trial.epochs) + 1))
    for kept in folder.path.glob("trials/*/best.pt"):
        assert load(kept).epoch in after.trials[kept.parent.name].epochs
    table = pd.read_csv(folder.path / "trials.csv", dtype={"trial": str})
    said = zip(table["trial"], table["state"], table["epochs"], strict=True)
    assert set(said) == {(one.trial, one.reason, len(one.epochs)) for one in after.trials.values()}


def still_so(before: SweepState, after: SweepState) -> None:
    """What had ended is as it was."""
    for trial in before.finished:
        assert after.trials[trial.trial].reason == trial.reason
        assert {e: v.metrics for e, v in after.trials[trial.trial].epochs.items()} == {
            e: v.metrics for e, v in trial.epochs.items()
        }


def tune(*words: str, storage: Path, cache: Path) -> subprocess.Popen[str]:
    """The command of this working tree, in a process of its own."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(_ROOT)]))
    here = {"CNN_TUNE_STORAGE": str(storage), "CNN_TUNE_CACHE": str(cache), "PYTHONPATH": path}
    environment = {**os.environ, **here}
    return subprocess.Popen(
        [sys.executable, "-m", "tune_jobs", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=storage,
        process_group=0,  # as a shell gives it
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a good end; what was said."""
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    return output


def searched(space: Path, overrides: Sequence[str], target: LaunchTarget) -> SweepFolder:
    """A sweep named `s` of a space file, run to its end in this process."""
    options = LaunchOptions(space, name="s", overrides=tuple(overrides))
    result = launch(options, SilentProgress(), command="tune launch", target=target)
    assert result.outcome == "completed"
    assert not result.missing
    return result.folder


def launch_words(name: str, overrides: list[str]) -> list[str]:
    return ["launch", "seg_unet", "--name", name, *(word for one in overrides for word in ("--set", one))]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until something holds; an early end of the process is an error with its output."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def wait_until(condition: Callable[[], bool]) -> None:
    """Until something holds that no process of ours brings about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def epochs_recorded(folder: SweepFolder) -> int:
    if not folder.record_path.exists():
        return 0
    return folder.record_path.read_text().count('"event":"epoch"')


def workers_of(process: HasPid) -> list[psutil.Process]:
    """The processes that train for this driver, or on this cluster."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "ray::" in " ".join(_command(child)) and "Trainable" in _command(child)[0]]


def worker_of(process: subprocess.Popen[str], folder: SweepFolder, trial: str) -> psutil.Process | None:
    """The process that holds a trial's lock."""
    held = str((folder.trial_path(trial) / ".lock").resolve())
    for worker in workers_of(process):
        try:
            if any(Path(f"/proc/{worker.pid}/fd/{number}").resolve() == Path(held) for number in _files(worker)):
                return worker
        except OSError:
            continue
    return None


def _files(process: psutil.Process) -> list[str]:
    return [path.name for path in Path(f"/proc/{process.pid}/fd").iterdir()]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline() or [""]
    except psutil.Error:
        return [""]
