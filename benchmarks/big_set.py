"""What decoding a big set costs beside Pillow alone, and what one changed file of it costs.

Run: python benchmarks/big_set.py [--images 20000] [--rounds 3]. Photos of 320x240 as JPEG with masks as PNG, decoded to
96x128. The peer opens, converts and scales the same files with Pillow in as many processes as there are cores, and
keeps nothing; ours writes the pack that trials map, judges its labels and takes its fingerprint as well. Both read
files that the system has in memory. Other loads change the seconds by the clock; those of the processors they hardly
do. Memory is what the processes hold of their own at most, without the pages of mapped files, which the system takes
back whenever it needs them.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cnnmodels.data import DataSpec, load  # noqa: E402
from cnnmodels.data.generated_sets.streets import draw_street  # noqa: E402
from cnnmodels.data.pictures import Pixels  # noqa: E402

SIZE, PHOTO = (96, 128), (240, 320)  # height, width in pixels
SCENES = 40  # that are drawn; each photo is one of them, turned round its own way
ALONE, FIRST, FEWER, CHANGED, SAME = "Pillow alone", "first", "a quarter of them", "one changed", "none changed"


@dataclass
class Cost:
    """Of one way to have the images."""

    seconds: float
    processor: float  # seconds, of all processes
    memory: float  # bytes that they held of their own at most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["alone", "ours"])  # a process of this benchmark's own
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    if options.only == "alone":
        print(*timed(lambda: pillow_alone(options.folder)))
    elif options.only == "ours":
        spec = DataSpec(path=options.folder, image_size=SIZE)
        print(*timed(lambda: load(spec, options.cache, "segmentation")))
    else:
        compare(options.images, options.rounds)


def compare(images: int, rounds: int) -> None:
    """Measure in turns, and print the table."""
    found: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        whole, quarter, packs = Path(scratch) / "whole", Path(scratch) / "quarter", Path(scratch) / "cache"
        write_set(whole, images)
        write_set(quarter, images // 4)
        for number in track(range(rounds), "rounds", console=Console(stderr=True)):
            shutil.rmtree(packs, ignore_errors=True)
            for what, words in (
                (ALONE, ["alone", whole]),
                (FIRST, ["ours", whole]),
                (FEWER, ["ours", quarter]),
                (CHANGED, ["ours", whole]),
                (SAME, ["ours", whole]),
            ):
                if what == CHANGED:
                    write_pair(whole, f"{5 * number:05d}", seed=images + number)
                found[what].append(measured([*words, packs]))
    print_table(images, found)


def print_table(images: int, found: dict[str, list[Cost]]) -> None:
    """Medians over rounds; shares are of an image, and of the same round."""
    table = Table(title=f"{images:,} photos with masks, {cores()} cores, median of {len(found[ALONE])} rounds")
    for heading in (
        "",
        "seconds",
        "images/s",
        "of Pillow alone",
        "processor, seconds",
        "of Pillow alone",
        "memory, MB",
    ):
        table.add_column(heading)
    for what, costs in found.items():
        count = images // 4 if what == FEWER else images
        pairs = list(zip(costs, found[ALONE], strict=True))
        shares = [
            statistics.median(getattr(ours, kind) / getattr(alone, kind) * images / count for ours, alone in pairs)
            for kind in ("seconds", "processor")
        ]
        seconds, processor = (
            statistics.median(getattr(one, kind) for one in costs) for kind in ("seconds", "processor")
        )
        of_time = (f"{seconds:.1f}", f"{count / seconds:,.0f}", f"{shares[0]:.2f}")
        most = max(one.memory for one in costs) / 1e6
        table.add_row(what, *of_time, f"{processor:.1f}", f"{shares[1]:.2f}", f"{most:.0f}")
    Console(width=110).print(table)


def measured(words: list[str | Path]) -> Cost:
    """One way in a process of its own."""
    only, folder, packs = map(str, words)
    command = [sys.executable, __file__, "--only", only, "--folder", folder, "--cache", packs]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most = 0.0
    while process.poll() is None:
        most = max(most, own_memory(process.pid))
        time.sleep(0.1)
    assert process.stdout is not None
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds, processor = map(float, process.stdout.read().split())
    return Cost(seconds, processor, most)


def own_memory(pid: int) -> float:
    """Bytes of a process and its children, but for pages of files."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                seen = one.memory_info()
                total += seen.rss - seen.shared
    return total


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processors, with those of processes that it has waited for."""
    began, before = time.perf_counter(), os.times()
    work()
    spent = [after - earlier for after, earlier in zip(os.times()[:4], before[:4], strict=True)]
    return time.perf_counter() - began, sum(spent)


def pillow_alone(folder: Path) -> None:
    """A pool of processes decodes the same files."""
    photos = sorted(folder.glob("*/*.jpg"))
    masks = [path.parent.with_name(f"{path.parent.name}annot") / f"{path.stem}.png" for path in photos]
    with multiprocessing.Pool(cores()) as pool:
        for _ in pool.imap_unordered(_decode, zip(photos, masks, strict=True), chunksize=32):
            pass
        pool.close()
        pool.join()


def _decode(pair: tuple[Path, Path]) -> int:
    height, width = SIZE
    with Image.open(pair[0]) as photo, Image.open(pair[1]) as mask:
        pixels = np.asarray(photo.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
        labels = np.asarray(mask.resize((width, height), Image.Resampling.NEAREST))
    return pixels.size + labels.size


def write_set(folder: Path, images: int) -> None:
    """A folder in the layout of CamVid, a fifth of it to validate on."""
    for split in ("train", "val"):
        (folder / split).mkdir(parents=True)
        (folder / f"{split}annot").mkdir()
    for number in track(range(images), f"writing {images:,} photos", console=Console(stderr=True)):
        write_pair(folder, f"{number:05d}", seed=number, split="val" if number % 5 == 4 else "train")


def write_pair(folder: Path, name: str, seed: int, split: str = "train") -> None:
    pixels, labels = scene(seed % SCENES)
    turn = seed * 37 % PHOTO[1]
    Image.fromarray(np.roll(pixels, turn, axis=1)).save(folder / split / f"{name}.jpg", quality=90)
    Image.fromarray(np.roll(labels, turn, axis=1)).save(folder / f"{split}annot" / f"{name}.png")


@cache
def scene(number: int) -> tuple[Pixels, Pixels]:
    """A street and its labels."""
    return draw_street(0, number, *PHOTO)


def cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
