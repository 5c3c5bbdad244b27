"""Does the cost of a sweep itself stay flat? Thousands of trials of a trivial task: seconds and driver memory by trial.

Run: python benchmarks/many_trials.py [--trials 10000]. The task trains a network of a few hundred numbers on ten tiny
images for one epoch, so that what is measured is everything but training. The driver's seconds are of the processor, so
that other work on the machine hardly counts.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.folder import SweepFolder  # noqa: E402

TRIVIAL = [
    *("data.images=20", "data.image_size=[8,8]", "fixed.width=4", "fixed.levels=2"),
    *("budget.max_epochs=1", "budget.reduction_factor=null"),
]


class Look(NamedTuple):
    """What a process has taken by then."""

    memory: float  # MB
    seconds: float  # of the processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    trials = parser.parse_args().trials
    with tempfile.TemporaryDirectory() as scratch:
        storage = Path(scratch)
        words = ["launch", "seg_unet", "--name", "many", "--trials", str(trials), "--storage", str(storage)]
        words += [word for one in TRIVIAL for word in ("--set", one)]
        looks = _run([sys.executable, "-m", "tune_jobs", *words], SweepFolder(storage / "many"))
        Console(width=100).print(_table(SweepFolder(storage / "many"), looks, trials))


def _run(command: list[str], folder: SweepFolder) -> dict[int, Look]:
    """What the driver had taken when so many trials had ended."""
    looks: dict[int, Look] = {}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    driver, ended, read = psutil.Process(process.pid), 0, 0
    while process.poll() is None:
        if folder.record_path.exists():
            with folder.record_path.open("rb") as file:
                file.seek(read)
                more = file.read()
            whole = more.rfind(b"\n") + 1
            ended, read = ended + more[:whole].count(b'"trial_ended"'), read + whole
        with contextlib.suppress(psutil.Error):  # it is just ending
            spent = driver.cpu_times()
            looks.setdefault(ended, Look(driver.memory_info().rss / 1e6, spent.user + spent.system))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"the sweep ended with {process.returncode}")
    return looks


def _table(folder: SweepFolder, looks: dict[int, Look], trials: int) -> Table:
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    ends = [line["time"] for line in lines if line["event"] == "trial_ended"]
    size = folder.record_path.stat().st_size / 1e6
    table = Table(title=f"{trials} trivial trials, two slots; a record of {size:.1f} MB")
    for heading in ("trials", "ms a trial", "of the driver's processor", "driver MB at the end of these"):
        table.add_column(heading)
    edges = [0, trials // 100, *(place * trials // 10 for place in range(1, 11))]
    for low, high in itertools.pairwise(edges):
        first, last = (min(looks, key=lambda at, edge=edge: abs(at - edge)) for edge in (max(1, low), high))
        if first == last:
            continue
        lasted = (ends[high - 1] - ends[max(0, low - 1)]) / (high - max(1, low))
        spent = (looks[last].seconds - looks[first].seconds) / (last - first)
        row = f"{lasted * 1000:.0f}", f"{spent * 1000:.0f}", f"{looks[last].memory:.0f}"
        table.add_row(f"{low + 1} to {high}", *row)
    return table


if __name__ == "__main__":
    main()
