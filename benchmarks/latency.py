"""How far measured times of one network lie apart, among trials that run beside each other.

    python benchmarks/latency.py [--trials 12]

A sweep of trials that differ in the learning rate alone, two at once: each reports `seconds_per_image`, measured while
the other trains, and `latency_ms`, for which the other waits. Prints the spread of both; other loads on the machine do
not wait, and widen both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.folder import SweepFolder  # noqa: E402

_NAMES = {"seconds_per_image": "measured beside others", "latency_ms": "measured alone"}


def measured(trials: int, scratch: Path) -> dict[str, list[float]]:
    """What each trial reports of its first epoch, by metric; in milliseconds."""
    space = {
        "task": "segmentation",
        "model": "unet",
        "data": {"name": "streets", "images": 120, "image_size": [96, 128]},
        "objective": [{"metric": "val_miou", "mode": "max"}, {"metric": "latency_ms", "mode": "min"}],
        "fixed": {"batch_size": 8, "precision": "float32"},
        "search": {"lr": {"log_uniform": [1e-4, 1e-2], "default": 1e-3}},
        "budget": {"trials": trials, "max_epochs": 1},
    }
    (scratch / "space.yaml").write_text(json.dumps(space))
    words = [sys.executable, "-m", "tune_jobs", "launch", str(scratch / "space.yaml"), "--storage", str(scratch)]
    subprocess.run(words, cwd=ROOT, check=True, stdout=sys.stderr, env={**os.environ, "PYTHONPATH": str(ROOT)})
    epochs = [trial.epochs[1].metrics for trial in SweepFolder(scratch / "space").state().trials.values()]
    return {
        "seconds_per_image": [1000 * epoch["seconds_per_image"] for epoch in epochs],
        "latency_ms": [epoch["latency_ms"] for epoch in epochs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(given.trials, Path(scratch))
    table = Table("metric", "", "median, ms", "deviation, of the mean", "largest, of the smallest")
    for name, values in found.items():
        spread = statistics.stdev(values) / statistics.mean(values)
        table.add_row(
            name,
            _NAMES[name],
            f"{statistics.median(values):.2f}",
            f"{spread:.1%}",
            f"{max(values) / min(values):.2f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
