"""How many trials should share a GPU? The same 16 trials with 1, 2, 4 and 8 of them on a GPU at once.

Run: python benchmarks/gpu.py [--trials 16] [--at-once 1 2 4 8]. Prints trials per hour, how busy the GPU was, and the
memory in use at most, as nvidia-smi sees them; then whether a trial is held to its share of the memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.folder import SweepFolder  # noqa: E402

WORK = [
    *("data.images=400", "data.image_size=[192,256]", "fixed.width=32", "search.batch_size.choice=[8,16]"),
    *("budget.max_epochs=4", "budget.reduction_factor=null"),
]
LARGE = ["fixed.width=64", "data.image_size=[384,512]", "fixed.batch_size=16", "data.images=64", "budget.max_epochs=1"]
_QUERY = ["nvidia-smi", "--id=0", "--query-gpu=name,utilization.gpu,memory.used", "--format=csv,noheader,nounits"]


@dataclass
class Seen:
    """What nvidia-smi said while a sweep ran."""

    busy: list[float] = field(default_factory=list)  # percent
    memory: list[float] = field(default_factory=list)  # MiB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 2, 4, 8])
    options = parser.parse_args()
    if shutil.which("nvidia-smi") is None:
        raise SystemExit("no nvidia-smi here: this benchmark needs an NVIDIA GPU")
    table = Table(title=f"{options.trials} trials on one {look()[0]}, {time.strftime('%Y-%m-%d')}")
    for heading in ("trials at once", "trials per hour", "of one at once", "GPU busy, median %", "memory at most, GiB"):
        table.add_column(heading)
    first = None
    with tempfile.TemporaryDirectory() as scratch:
        for at_once in options.at_once:
            hourly, seen = sweep(Path(scratch), at_once, options.trials)
            first = first or hourly
            busy, most = statistics.median(seen.busy), max(seen.memory) / 1024
            table.add_row(f"{at_once}", f"{hourly:.0f}", f"{hourly / first:.2f}", f"{busy:.0f}", f"{most:.1f}")
        Console(width=110).print(table)
        print(held_to_its_share(Path(scratch)))


def sweep(storage: Path, at_once: int, trials: int) -> tuple[float, Seen]:
    """Trials per hour from the first trial's start to the last one's end, and what the GPU did meanwhile."""
    folder, seen = SweepFolder(storage / f"at-once-{at_once}"), Seen()
    resources = f"resources={{cpus: {max(1, cores() // at_once)}, gpus: {1 / at_once:.4f}}}"
    process = launch(folder, [*WORK, resources], trials)
    while process.poll() is None:
        time.sleep(0.5)
        if folder.record_path.exists() and any(trial.epochs for trial in folder.state().trials.values()):
            _, busy, memory = look()
            seen.busy.append(busy)
            seen.memory.append(memory)
    state = folder.state()
    if process.returncode or len(state.finished) != trials:
        raise SystemExit(f"the sweep with {at_once} at once ended with {process.returncode}")
    ended = max(trial.ended or 0 for trial in state.finished)
    return trials * 3600 / (ended - min(trial.started or 0 for trial in state.finished)), seen


def held_to_its_share(storage: Path) -> str:
    """A trial that needs more than its share of a 64th is to run out of it, and to be repeated with twice as much."""
    folder = SweepFolder(storage / "share")
    launch(folder, [*LARGE, "resources.gpus=0.015625"], trials=1).wait()
    trial = folder.state().trials["0000"]
    notes = [note.text for note in folder.state().notes]
    return f"with a 64th of the GPU a large trial {trial.reason}; {'; '.join(notes) or 'it never ran out of memory'}"


def launch(folder: SweepFolder, overrides: list[str], trials: int) -> subprocess.Popen[bytes]:
    words = ["launch", "seg_unet", "--name", folder.name, "--trials", str(trials), "--storage", str(folder.path.parent)]
    words += [word for one in overrides for word in ("--set", one)]
    one_gpu = {**os.environ, "CUDA_VISIBLE_DEVICES": "0"}
    command = [sys.executable, "-m", "tune_jobs", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=one_gpu)


def look() -> tuple[str, float, float]:
    """The GPU's name, how busy it was in percent, and its memory in use in MiB."""
    line = subprocess.run(_QUERY, capture_output=True, text=True, check=True).stdout
    name, busy, memory = line.strip().split(", ")
    return name, float(busy), float(memory)


def cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
