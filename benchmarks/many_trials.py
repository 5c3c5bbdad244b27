"""Does the cost of a sweep itself stay flat? 1,000 trials of a trivial task: seconds and driver memory by trial.

Run: python benchmarks/many_trials.py [--trials 1000]. The task trains a network of a few hundred numbers on ten tiny
images for one epoch, so that what is measured is everything but training.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    trials = parser.parse_args().trials
    with tempfile.TemporaryDirectory() as scratch:
        storage = Path(scratch)
        words = ["launch", "seg_unet", "--name", "many", "--trials", str(trials), "--storage", str(storage)]
        words += [word for one in TRIVIAL for word in ("--set", one)]
        memory = _run([sys.executable, "-m", "tune_jobs", *words], SweepFolder(storage / "many"))
        Console(width=100).print(_table(SweepFolder(storage / "many"), memory, trials))


def _run(command: list[str], folder: SweepFolder) -> dict[int, float]:
    """Megabytes of the driver when so many trials had ended."""
    memory: dict[int, float] = {}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    while process.poll() is None:
        ended = folder.record_path.read_text().count('"trial_ended"') if folder.record_path.exists() else 0
        memory.setdefault(ended, psutil.Process(process.pid).memory_info().rss / 1e6)
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"the sweep ended with {process.returncode}")
    return memory


def _table(folder: SweepFolder, memory: dict[int, float], trials: int) -> Table:
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    ends = [line["time"] for line in lines if line["event"] == "trial_ended"]
    table = Table(title=f"{trials} trivial trials, two slots")
    for heading in ("trials", "ms a trial", "driver MB at the end of these"):
        table.add_column(heading)
    for place in range(10):
        low, high = place * trials // 10, (place + 1) * trials // 10
        known = [at for at in memory if at <= high]
        spent = (ends[high - 1] - (ends[low - 1] if low else ends[0])) / (high - low)
        table.add_row(f"{low + 1} to {high}", f"{spent * 1000:.0f}", f"{memory[max(known)]:.0f}" if known else "-")
    return table


if __name__ == "__main__":
    main()
