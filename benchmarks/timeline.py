"""When one `tune launch` of the 24 short trials of `overhead.py` comes to what, in seconds from the command.

    python benchmarks/timeline.py [--rounds 3] [--against CHECKOUT]

Prints medians; with --against, another checkout runs the same in turns. What a worker has is seen ten times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
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

from benchmarks.workload import DATA, first_step, write_space  # noqa: E402
from cnnmodels.data import DataSpec, load  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402

POLL_SECONDS = 0.1
SAID = {  # by our words, those of stamped_launch.py
    "the command is imported": "command imported",
    "space read, images mapped": "Data",
    "Ray is started": "Starting Ray",
    "Ray is up, the sweep begins": "watched",
    "Ray has ended": "Starting Ray: done",
    "the report is drawn": "Drawing the report: done",
}


def timeline(checkout: Path, cache: Path, scratch: Path) -> dict[str, float]:
    """Seconds from the command to each event of one sweep."""
    space, stamps = write_space(scratch), scratch / "stamps.json"
    words = [sys.executable, str(ROOT / "benchmarks" / "stamped_launch.py"), str(stamps), "launch", str(space)]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "CNN_TUNE_CACHE": str(cache)}
    began = time.time()
    process = subprocess.Popen(
        [*words, "--storage", str(scratch)],
        cwd=scratch,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found: dict[str, float] = {}
    while process.poll() is None:
        if "a worker has torch" not in found and _has_torch(psutil.Process(process.pid)):
            found["a worker has torch"] = time.time()
        time.sleep(POLL_SECONDS)
    found["prompt"] = time.time()
    assert process.returncode == 0, words
    state, said = SweepFolder(scratch / "space").state(), json.loads(stamps.read_text())
    found |= {ours: said[theirs] for ours, theirs in SAID.items()}
    found["a trial has a worker"] = min(trial.started for trial in state.trials.values())
    found["first training step"] = first_step(state)
    found["last epoch"] = max(event.time for trial in state.trials.values() for event in trial.epochs.values())
    found["trials have ended, pictures are drawn"] = state.end.time
    return {event: at - began for event, at in found.items()}


def _has_torch(driver: psutil.Process) -> bool:
    for child in driver.children(recursive=True):
        try:
            if "libtorch_cpu" in Path(f"/proc/{child.pid}/maps").read_text():
                return True
        except OSError:
            continue
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path, default=None)
    options = parser.parse_args()
    checkouts = {"now": ROOT} if options.against is None else {"before": options.against.resolve(), "now": ROOT}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        load(DataSpec.model_validate(DATA), cache, "segmentation")
        for number in range(options.rounds):
            for name, checkout in checkouts.items():
                scratch = Path(folder) / f"{number}-{name}"
                scratch.mkdir()
                runs[name].append(timeline(checkout, cache, scratch))
                print(f"round {number + 1}: {name}: {runs[name][-1]['prompt']:.1f} s", file=sys.stderr)
    show(runs)


def show(runs: dict[str, list[dict[str, float]]]) -> None:
    """The events in the order of their medians in the last column."""
    medians = {
        name: {event: statistics.median(run[event] for run in of_name) for event in of_name[0]}
        for name, of_name in runs.items()
    }
    table = Table("event", *(f"{name}, s" for name in runs), title="24 short trials, from the command")
    for event, _ in sorted(list(medians.values())[-1].items(), key=lambda item: item[1]):
        table.add_row(event, *(f"{of_name[event]:.1f}" for of_name in medians.values()))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
