"""How often does the pre-flight warn, on good data and on data whose labels are wrong?

Run: python benchmarks/preflight.py [--seeds 20] [--seconds 60]. Of each set, how many of the seeds warned: as it is;
with its labels shuffled over all images; with each label that of an image some way off; with half of them shuffled.
Real images are read from ../shared/data where it is there.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cnnmodels.config import TrialConfig  # noqa: E402
from cnnmodels.data import ImageData, load  # noqa: E402
from cnnmodels.preflight import preflight  # noqa: E402
from search_spaces.loading import load as load_space  # noqa: E402

REAL = ROOT.parent / "shared" / "data"
SETS = {
    "streets": ("seg_unet", {}),
    "camvid": ("seg_unet", {"path": REAL / "camvid"}),
    "shapes": ("cls_resnet18", {}),
    "streetpatches": ("cls_resnet18", {"path": REAL / "streetpatches"}),
    "meadows": ("color_unet", {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="of a pre-flight at most; a sweep gives it 5")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    options = parser.parse_args()
    table = Table(title=f"seeds of {options.seeds} that warned, {time.strftime('%Y-%m-%d')}")
    for heading in ("set", "as it is", "shuffled", "some way off", "half shuffled", "seconds, median"):
        table.add_column(heading)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.sets:
            space, where = SETS[name]
            if "path" in where and not where["path"].exists():
                continue
            row, lasted = look(space, where, Path(scratch), options.seeds, options.seconds)
            table.add_row(name, *row, f"{np.median(lasted):.1f}")
    Console(width=110).print(table)


def look(space: str, where: dict[str, Path], cache: Path, seeds: int, seconds: float) -> tuple[list[str], list[float]]:
    """How many seeds warned for each kind of labels, and by which checks; seconds of each pre-flight."""
    asked = load_space(space)
    data = load(asked.data.model_copy(update=where), cache, asked.task)
    kinds = ("as it is",) if data.train.targets is None else ("as it is", *WRONG)
    row, lasted = [], []
    for kind in kinds:
        warned = []
        for seed in range(seeds):
            config: TrialConfig = asked.trial_config(asked.default(), seed=seed)
            began = time.perf_counter()
            found = preflight(config, wrong(data, kind, seed), torch.device("cpu"), seconds=seconds)
            lasted.append(time.perf_counter() - began)
            warned += [found[0].check] if found else []
        checks = ", ".join(f"{check} {warned.count(check)}" for check in sorted(set(warned)))
        row.append(f"{len(warned)}" + (f" ({checks})" if checks else ""))
    return row + ["-"] * (1 + len(WRONG) - len(row)), lasted


WRONG = ("shuffled", "some way off", "half shuffled")


def wrong(data: ImageData, kind: str, seed: int) -> ImageData:
    """The data with labels that are not those of their images."""
    targets = data.train.targets
    if targets is None or kind == "as it is":
        return data
    random, places = np.random.default_rng(seed), np.arange(len(targets))
    if kind == "shuffled":
        places = random.permutation(places)
    elif kind == "some way off":
        places = np.roll(places, len(places) // 3)
    else:
        half = random.permutation(places)[: len(places) // 2]
        places[half] = random.permutation(half)
    return dataclasses.replace(data, train=dataclasses.replace(data.train, targets=targets[places]))


if __name__ == "__main__":
    main()
