"""What each option of the training loop does on a GPU: an epoch as it is, and with one thing otherwise.

Run: python benchmarks/gpu_loop.py [--images 2000] [--epochs 5] [--rounds 3] [--device cuda]. The default recipe of
`seg_unet` at a size that keeps a GPU busy. Seconds are of the fastest epoch behind the first, medians over rounds, with
validation; `first` is the first epoch, which compiles and measures. Waits are how often the last epoch waits for the
GPU, as torch counts them (torch.cuda.set_sync_debug_mode); memory is the most that torch had taken. With --device cpu
the same runs on a machine without a GPU, where neither waits nor memory are counted.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cnnmodels.config import parse  # noqa: E402
from cnnmodels.data import ImageData, load  # noqa: E402
from cnnmodels.training import fit  # noqa: E402
from search_spaces.loading import load as load_space  # noqa: E402

WORK = ["data.image_size=[192,256]", "fixed.width=32", "fixed.batch_size=16"]
KNOBS: dict[str, dict[str, Any]] = {  # what is otherwise, by row
    "as it is": {},
    "images not on the card": {},
    "deterministic: false": {"deterministic": False},
    "precision: float32": {"precision": "float32"},
    "compile: true": {"compile": True},
    "compile, not deterministic": {"compile": True, "deterministic": False},
}
_MAPPED = "images not on the card"


@dataclass
class Cost:
    """Of one run."""

    seconds: float  # of the fastest epoch behind the first
    first: float
    waits: int  # of the last epoch
    memory: int  # bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--rows", nargs="+", choices=KNOBS, default=list(KNOBS))
    parser.add_argument("--set", nargs="+", dest="changes", default=WORK, help="of the space, as for `tune launch`")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no GPU here: --device cpu runs the same without one")
    found: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        space = load_space("seg_unet", [f"data.images={options.images}", *options.changes])
        data = load(space.data, Path(scratch), space.task)
        recipe = space.trial_config(space.default(), 0).model_dump(mode="json") | {"epochs": options.epochs}
        for _ in track(range(options.rounds), "rounds", console=Console(stderr=True)):
            for row in options.rows:  # in turns, so that a busy minute hits all
                found[row].append(cost({**recipe, **KNOBS[row]}, data, options.device, mapped=row == _MAPPED))
    print_table(found, len(data.train), options.device)


def cost(knobs: dict[str, Any], data: ImageData, device: str, *, mapped: bool) -> Cost:
    """One run of a configuration, whose images stay in the processor's memory if they are to."""
    on_gpu = device == "cuda"
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    config, seconds = parse(knobs), []
    stay = patch("cnnmodels.learner.room_on", return_value=0) if mapped else contextlib.nullcontext()
    with stay, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for result in fit(config, data, device=device):
            seconds.append(sum(result.seconds.values()))
            if result.note is not None:
                raise SystemExit(result.note)
            if on_gpu and result.epoch == config.epochs - 1:
                seen.clear()
                torch.cuda.set_sync_debug_mode("warn")  # of the last epoch, behind all that is done but once
    if on_gpu:
        torch.cuda.set_sync_debug_mode("default")
    waits = sum("synchronizing" in str(one.message) for one in seen)
    return Cost(min(seconds[1:]), seconds[0], waits, torch.cuda.max_memory_reserved() if on_gpu else 0)


def print_table(found: dict[str, list[Cost]], images: int, device: str) -> None:
    on_gpu = device == "cuda"
    name = torch.cuda.get_device_name() if on_gpu else "CPU"
    table = Table(title=f"an epoch of {images} images on one {name}, {time.strftime('%Y-%m-%d')}")
    for heading in ("", "seconds", "images/s", "of as it is", "first, seconds", "waits", "memory, GiB"):
        table.add_column(heading)
    base = next(iter(found.values()))
    for row, costs in found.items():
        seconds = statistics.median(one.seconds for one in costs)
        share = statistics.median(one.seconds / other.seconds for one, other in zip(costs, base, strict=True))
        first = statistics.median(one.first for one in costs)
        gpu = [f"{costs[-1].waits}", f"{max(one.memory for one in costs) / 2**30:.1f}"] if on_gpu else ["-", "-"]
        table.add_row(row, f"{seconds:.2f}", f"{images / seconds:,.0f}", f"{share:.2f}", f"{first:.1f}", *gpu)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
