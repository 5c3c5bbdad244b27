"""Is the driver idle enough where a cluster runs hundreds of trials at once?

    python benchmarks/many_slots.py [--slots 256] [--trials 1024] [--epochs 9] [--minutes 1]

The real scheduler, sampler, pruner and record, on real files, with workers that are made up: seconds of the processor
that the driver takes for each proposal, each epoch and each end, against the time in which so many slots, whose trials
last so many minutes, would ask for that much. Ray's own part is not in it (benchmarks/many_trials.py has it).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import truth  # noqa: E402
from benchmarks.replay.ours import spec_of  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402
from reports.records.record import SweepEnded  # noqa: E402
from tune_jobs.search.messages import EpochMessage  # noqa: E402
from tune_jobs.search.scheduler import SweepScheduler  # noqa: E402


def spent(sampler: str, trials: int, slots: int, epochs: int, folder: Path) -> float:
    """Seconds of the processor in a whole sweep of which nothing is pruned, so that every slot is always taken."""
    budget = {"trials": trials, "sampler": sampler, "max_epochs": epochs, "reduction_factor": None}
    spec = spec_of(truth.SPACE, budget, 0)
    rng, running = np.random.default_rng(0), list[tuple[str, int]]()
    began = time.process_time()
    scheduler = SweepScheduler(SweepFolder(folder), spec, trials=trials, slots=slots)
    while True:
        while len(running) < slots and (given := scheduler.next_trial()):
            scheduler.started(given, node="made up", slot=len(running))
            running.append((given.trial, 1))
        if not running:
            break
        trial, epoch = running.pop(0)
        over = scheduler.hear(
            EpochMessage(
                trial, epoch, {"val_accuracy": float(rng.normal())}, {}, "completed" if epoch == epochs else None
            )
        )
        if not over:
            running.append((trial, epoch + 1))
    scheduler.close(SweepEnded(reason="completed"))
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", type=int, default=256)
    parser.add_argument("--trials", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--minutes", type=float, default=1.0, help="that a trial lasts")
    given = parser.parse_args()
    table = Table("sampler", "ms a trial", "the sweep would last", "driver busy")
    for sampler in ("random", "tpe"):
        with tempfile.TemporaryDirectory() as scratch:
            seconds = spent(sampler, given.trials, given.slots, given.epochs, Path(scratch))
        lasts = 60 * given.minutes * given.trials / given.slots
        table.add_row(
            sampler, f"{1000 * seconds / given.trials:.0f}", f"{lasts / 60:.1f} min", f"{seconds / lasts:.0%}"
        )
    table.title = f"{given.slots} slots, {given.trials} trials of {given.minutes:g} min and {given.epochs} epochs"
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
