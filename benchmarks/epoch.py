"""What an epoch costs: our training loop beside the one that tutorials write, with the same network and images.

    python benchmarks/epoch.py [--spaces seg_unet ...] [--at-once 1 2 4] [--rounds 3] [--images 192] [--threads 1]

Every space's default configuration at its default size; images lie as PNG files of just that size, which spares the
tutorial's loop from shrinking photos anew in each epoch. Training alone, without validation. Images a second are of all
runs that go on at once together, from the fastest epoch behind the first, medians over rounds; memory is what the
processes of a run hold for themselves, the largest of them. Other loads change the seconds; compare rows of one run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cnnmodels.data import ImageData, load  # noqa: E402
from search_spaces.loading import load as load_space  # noqa: E402

SPACES = ("seg_unet", "seg_fcn32", "cls_resnet18", "color_unet", "voc_baseline", "voc_custom", "voc_resnet18")
_EPOCHS = 4
_OURS = "ours"
_LOOPS = {"tutorial": "benchmarks.peers.tutorial_loop", _OURS: "benchmarks.epoch"}


@dataclass(frozen=True)
class Cost:
    """Of runs that go on at once."""

    images_a_second: float  # of all together
    own_memory: float  # bytes of the largest run


def prepare(name: str, images: int, folder: Path, cache: Path) -> ImageData:
    """A space's images, decoded in the cache for our loop and as files for the other."""
    space = load_space(name, [f"data.images={images}"])
    data = load(space.data, cache, space.task)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number, image in enumerate(data.train.images):
        label = ""
        if data.train.targets is not None and space.task == "classification":
            label = f"{data.train.targets[number]}-"
        if data.train.targets is not None and space.task == "segmentation":
            Image.fromarray(data.train.targets[number]).save(folder / "masks" / f"{number:05d}.png")
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / "images" / f"{label}{number:05d}.png")
    outputs = 3 if space.task == "colorization" else len(data.classes)
    (folder / "outputs.json").write_text(json.dumps(outputs))
    return data


def our_loop(name: str, folder: Path, threads: int, epochs: int) -> float:
    """Seconds of the fastest epoch behind the first."""
    import torch

    from cnnmodels.training import fit

    torch.set_num_threads(threads)
    images = int((folder / "images.txt").read_text())
    space = load_space(name, [f"data.images={images}"])
    data = load(space.data, folder.parent / "cache", space.task)
    config = space.trial_config(space.default(), 0).model_copy(update={"epochs": epochs, "patience": None})
    spent = [result.seconds["data"] + result.seconds["train"] for result in fit(config, data)]
    return min(spent[1:])


def measured(loop: str, name: str, folder: Path, at_once: int, threads: int, images: int) -> Cost:
    """So many runs of one loop beside each other."""
    words = [sys.executable, "-m", _LOOPS[loop], name, str(folder), str(threads), str(_EPOCHS)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    runs = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(at_once)
    ]
    largest = 0.0
    while any(run.poll() is None for run in runs):
        largest = max([largest, *(_own_memory(run.pid) for run in runs)])
        time.sleep(0.2)
    seconds = [json.loads(run.communicate()[0]) for run in runs]
    return Cost(sum(images / one for one in seconds), largest)


def _own_memory(pid: int) -> float:
    """Bytes that a process and its children share with nobody."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += one.memory_full_info().uss
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spaces", nargs="+", default=list(SPACES), choices=SPACES)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=192)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    table = Table("space", "at once", "tutorial", "ours", "our time, of the tutorial's", "memory, MB", "set, MB")
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.spaces:
            folder, cache = Path(scratch) / name, Path(scratch) / "cache"
            data = prepare(name, given.images, folder, cache)
            (folder / "images.txt").write_text(str(given.images))
            for at_once in given.at_once:
                table.add_row(name, str(at_once), *_row(name, folder, data, at_once, given))
    Console(width=120).print(table)


def _row(name: str, folder: Path, data: ImageData, at_once: int, given: argparse.Namespace) -> list[str]:
    found: dict[str, list[Cost]] = {loop: [] for loop in _LOOPS}
    for number in range(given.rounds):
        for loop in _LOOPS:  # in turn, so that a busy minute hits both
            found[loop].append(measured(loop, name, folder, at_once, given.threads, len(data.train)))
        print(f"{name}, {at_once} at once: round {number + 1} of {given.rounds}", file=sys.stderr)
    speeds = {loop: statistics.median(one.images_a_second for one in costs) for loop, costs in found.items()}
    ratio = statistics.median(
        theirs.images_a_second / ours.images_a_second
        for theirs, ours in zip(found["tutorial"], found[_OURS], strict=True)
    )
    memory = [max(one.own_memory for one in found[loop]) / 1e6 for loop in _LOOPS]
    return [
        *(f"{speeds[loop]:.1f} images/s" for loop in _LOOPS),
        f"{ratio:.2f}",
        " / ".join(f"{one:.0f}" for one in memory),
        f"{data.train.images.nbytes / 1e6:.1f}",
    ]


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] in SPACES:  # one run, as `measured` starts it
        print(json.dumps(our_loop(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
