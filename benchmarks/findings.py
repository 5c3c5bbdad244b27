"""Do the findings of the five studies show, with an interval? Small, seeded comparisons on the real image sets.

    python benchmarks/findings.py [--data ../shared/data] [--seeds 5]

Every comparison trains two configurations with the same seeds and compares the best epoch of each pair. What does not
show at this size is said not to show; nothing here was chosen by its outcome. Ends within 40 minutes on 2 cores.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.analysis.significance import compare  # noqa: E402

CAMVID = {"folder": "camvid", "image_size": (60, 80), "task": "segmentation"}
PATCHES = {"folder": "streetpatches", "image_size": (48, 48), "task": "classification"}
BIRDS = {"folder": "birds12", "image_size": (64, 64), "task": "classification"}
LANDSCAPES = {"folder": "landscapes", "image_size": (64, 96), "task": "colorization"}

UNET = {"model": "unet", "width": 16, "levels": 4, "epochs": 12, "batch_size": 8, "lr": 1e-3}
RESNET = {"task": "classification", "model": "resnet18", "width": 16, "batch_size": 32, "lr": 1e-3}
COLOR = {"task": "colorization", "model": "unet", "width": 16, "levels": 4, "epochs": 8, "batch_size": 8, "lr": 1e-3}
SYSTEMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "unet": (CAMVID, UNET),
    "fcn32": (CAMVID, {**UNET, "model": "fcn32", "width": 32}),
    "unet without skips": (CAMVID, {**UNET, "skip": False}),
    "unet weighted": (CAMVID, {**UNET, "class_weights": "inverse"}),
    "adam": (PATCHES, {**RESNET, "epochs": 8}),
    "sgd": (PATCHES, {**RESNET, "epochs": 8, "optimizer": "sgd", "lr": 1e-2}),
    "no schedule": (BIRDS, {**RESNET, "epochs": 20}),
    "cosine": (BIRDS, {**RESNET, "epochs": 20, "scheduler": "cosine"}),
    "colour with skips": (LANDSCAPES, COLOR),
    "colour without skips": (LANDSCAPES, {**COLOR, "skip": False}),
}
THIN = ("val_iou_pole", "val_iou_sign", "val_iou_pedestrian", "val_iou_bicyclist")


@dataclass(frozen=True)
class Claim:
    """What a study says, as a comparison."""

    finding: str
    ours: str
    theirs: str
    metric: str
    expected: str  # better or worse


CLAIMS = [
    Claim("1 U-Net beats FCN-32", "unet", "fcn32", "val_miou", "better"),
    Claim("1 most on thin classes", "unet", "fcn32", "thin", "better"),
    Claim("3 Adam (1e-3) beats SGD (1e-2, momentum 0.9)", "adam", "sgd", "val_accuracy", "better"),
    Claim("4 skips: better segmentation", "unet", "unet without skips", "val_miou", "better"),
    Claim("4 skips: sharper colours", "colour with skips", "colour without skips", "val_sharpness", "better"),
    Claim("4 skips: closer colours", "colour with skips", "colour without skips", "val_psnr", "better"),
    Claim("5 class weights raise mIoU", "unet weighted", "unet", "val_miou", "better"),
    Claim("5 and lower pixel accuracy", "unet weighted", "unet", "val_pixel_accuracy", "worse"),
    Claim("2 a schedule lifts ResNet-18 (cosine)", "cosine", "no schedule", "val_accuracy", "better"),
]


def train(job: tuple[str, int, str, str]) -> tuple[str, int, dict[str, float]]:
    """The metrics of the best epoch of one system with one seed."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, load
    from cnnmodels.training import fit

    name, seed, data_folder, cache = job
    source, knobs = SYSTEMS[name]
    torch.set_num_threads(1)
    spec = DataSpec(path=Path(data_folder) / source["folder"], image_size=source["image_size"])
    data = load(spec, Path(cache), source["task"])
    best: dict[str, float] = {}
    for result in fit(parse({"seed": seed, **knobs}), data):
        if result.is_best:
            best = dict(result.metrics)
    if THIN[0] in best:
        best["thin"] = statistics.fmean(best.get(one, 0.0) for one in THIN)
    return name, seed, best


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", default=str(ROOT.parent / "shared" / "data"))
    arguments.add_argument("--cache", default=str(Path.home() / ".cache" / "cnn-tune"))
    arguments.add_argument("--seeds", type=int, default=5)
    given = arguments.parse_args()
    jobs = [(name, seed, given.data, given.cache) for name in SYSTEMS for seed in range(given.seeds)]
    found: dict[str, dict[int, dict[str, float]]] = {name: {} for name in SYSTEMS}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        for done, (name, seed, metrics) in enumerate(pool.map(train, jobs), start=1):
            found[name][seed] = metrics
            print(f"{done} of {len(jobs)}: {name}, seed {seed}", file=sys.stderr)
    print_claims(found, given.seeds)
    print_spread(found, given.seeds)


def print_claims(found: dict[str, dict[int, dict[str, float]]], seeds: int) -> None:
    """A Markdown table: finding, means, difference with its interval, verdict."""
    print(f"| finding | metric | A | B | A - B [95 %], {seeds} seeds | shows? |\n|---|---|---|---|---|---|")
    for claim in CLAIMS:
        ours = [found[claim.ours][seed][claim.metric] for seed in range(seeds)]
        theirs = [found[claim.theirs][seed][claim.metric] for seed in range(seeds)]
        difference = compare(ours, theirs)
        shows = {claim.expected: "yes", "cannot tell": "cannot tell"}.get(difference.verdict, "no, the opposite")
        print(
            f"| {claim.finding} | {claim.metric} | {claim.ours} {statistics.fmean(ours):.4f} | "
            f"{claim.theirs} {statistics.fmean(theirs):.4f} | {difference.in_words()} | {shows} |"
        )


def print_spread(found: dict[str, dict[int, dict[str, float]]], seeds: int) -> None:
    """Finding 7: the spread between runs of one configuration beside the differences between configurations."""
    print("\n| 7 run-to-run spread | metric | mean | lowest | highest | highest - lowest |\n|---|---|---|---|---|---|")
    for name, metric in (
        ("unet", "val_miou"),
        ("fcn32", "val_miou"),
        ("adam", "val_accuracy"),
        ("cosine", "val_accuracy"),
    ):
        values = [found[name][seed][metric] for seed in range(seeds)]
        low, high = min(values), max(values)
        print(f"| {name} | {metric} | {statistics.fmean(values):.4f} | {low:.4f} | {high:.4f} | {high - low:.4f} |")


if __name__ == "__main__":
    main()
