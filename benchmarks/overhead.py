"""What a sweep costs beyond its training: the same 24 short trials by three systems, in turn, three rounds.

    python benchmarks/overhead.py [--rounds 3]

Prints medians: wall time from the command to its end (start-up included), the share of both slots' time that went into
training and validation, seconds a trial beyond training, and the largest memory of all processes together. Other loads
on the machine change the seconds; compare rows of one run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.workload import DATA, SLOTS, configurations, first_step, write_space  # noqa: E402
from cnnmodels.data import DataSpec, load  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402


@dataclass(frozen=True)
class Measured:
    wall: float  # seconds
    training: float  # seconds, both slots together
    memory: float  # bytes
    first_step: float | None = None  # seconds from the command to the first training step


def peer(name: str, cache: Path, scratch: Path) -> Measured:
    """One of the scripts in `peers/`."""
    log = scratch / "log.jsonl"
    words = [sys.executable, "-m", f"benchmarks.peers.{name}", str(cache), str(log), str(scratch / "results")]
    wall, memory = watched(words)
    return Measured(wall, sum(json.loads(line)["seconds"] for line in log.read_text().splitlines()), memory)


def ours(cache: Path, scratch: Path) -> Measured:
    """`tune launch` of the same trials."""
    words = [sys.executable, "-m", "tune_jobs", "launch", str(write_space(scratch)), "--storage", str(scratch)]
    began = time.time()
    wall, memory = watched(words, CNN_TUNE_CACHE=str(cache))
    state = SweepFolder(scratch / "space").state()
    assert len(state.finished) == len(configurations())
    epochs = [event for trial in state.trials.values() for event in trial.epochs.values()]
    training = sum(event.seconds["train"] + event.seconds["validate"] for event in epochs)
    return Measured(wall, training, memory, first_step(state) - began)


def watched(words: list[str], **environment: str) -> tuple[float, float]:
    """Run a command; its wall time, and the largest memory of it and all its children together."""
    import os

    began = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    largest = 0.0
    while process.poll() is None:
        largest = max(largest, _memory(psutil.Process(process.pid)))
        time.sleep(0.25)
    assert process.returncode == 0, words
    return time.perf_counter() - began, largest


def _memory(process: psutil.Process) -> float:
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            memory = one.memory_info()
            total += memory.rss - getattr(memory, "shared", 0)
        except psutil.Error:
            continue
    return total


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    rounds = arguments.parse_args().rounds
    systems = {
        "Ray Tune, as its tutorial": lambda cache, scratch: peer("ray_tutorial", cache, scratch),
        "Optuna, two processes": lambda cache, scratch: peer("optuna_processes", cache, scratch),
        "tune launch": ours,
    }
    found: dict[str, list[Measured]] = {name: [] for name in systems}
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        load(DataSpec.model_validate(DATA), cache, "segmentation")  # a warm cache for everybody
        for number in range(rounds):
            for name, run in systems.items():
                scratch = Path(folder) / f"{number}-{name.split()[0]}"
                scratch.mkdir()
                found[name].append(run(cache, scratch))
                print(f"round {number + 1}: {name}: {found[name][-1].wall:.1f} s", file=sys.stderr)
    show(found)


def show(found: dict[str, list[Measured]]) -> None:
    """The table, and the two goals."""
    trials = len(configurations())

    def median(name: str, part: str) -> float:
        return statistics.median(getattr(one, part) for one in found[name])

    table = Table("system", "wall s", "of Ray's tutorial", "in training", "s a trial beyond", "memory MB")
    plain = median("Ray Tune, as its tutorial", "wall")
    for name in found:
        wall, training = median(name, "wall"), median(name, "training")
        table.add_row(
            name,
            f"{wall:.1f}",
            f"{wall / plain:.2f}",
            f"{training / (SLOTS * wall):.0%}",
            f"{(SLOTS * wall - training) / trials:.2f}",
            f"{median(name, 'memory') / 1e6:.0f}",
        )
    console = Console(width=110)
    console.print(table)
    firsts = [one.first_step for one in found["tune launch"] if one.first_step is not None]
    console.print(f"tune launch: {statistics.median(firsts):.1f} s from the command to the first training step")


if __name__ == "__main__":
    main()
