"""Does training in bfloat16 change what a configuration is worth, and how much faster is it?

    python benchmarks/precision.py [--images ../shared/data] [--seeds 5] [--processes 2]

The default configurations of three spaces, on real images, with the same seeds in float32 and in bfloat16: the best
epoch of each, Student's 95 % interval of the mean difference in pairs, and the seconds of a training epoch.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.recipes import PROBLEMS  # noqa: E402
from reports.analysis.significance import half_width  # noqa: E402

SETS = ("camvid", "birds12", "landscapes")
WORDS = ("float32", "bfloat16")
_EPOCHS = 9


def trained(job: tuple[str, int, str, Path, Path]) -> dict[str, Any]:
    """The best value of a run, and the seconds of its fastest training epoch."""
    import torch

    from cnnmodels.data import load
    from cnnmodels.training import fit

    name, seed, precision, images, cache = job
    torch.set_num_threads(1)
    space = PROBLEMS[name].load(images)
    data = load(space.data, cache, space.task)
    wanted = space.trial_config(space.default(), seed).model_copy(update={"epochs": _EPOCHS, "precision": precision})
    results = list(fit(wanted, data))
    best = max(result.metrics[space.objective.metric] for result in results)
    seconds = min(result.seconds["train"] for result in results)
    return {"set": name, "seed": seed, "precision": precision, "best": best, "seconds": seconds}


def measure(given: argparse.Namespace, cache: Path) -> pd.DataFrame:
    """All runs, those of a seed beside each other."""
    jobs = [(*key, given.images, cache) for key in itertools.product(SETS, range(given.seeds), WORDS)]
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        return pd.DataFrame(pool.map(trained, jobs))


def show(found: pd.DataFrame) -> None:
    """A line a set."""
    title = "bfloat16 against float32, best epoch, equal seeds"
    table = Table(
        "set", "float32", "spread of seeds", "bfloat16 adds", "seconds of an epoch, to float32's", title=title
    )
    for name in SETS:
        runs = found[found["set"] == name].pivot(index="seed", columns="precision")
        best, seconds = runs["best"], runs["seconds"].median()
        apart = (best["bfloat16"] - best["float32"]).tolist()
        mean, half = statistics.fmean(apart), half_width(apart)
        table.add_row(
            name,
            f"{best['float32'].mean():.4f}",
            f"{best['float32'].std():.4f}",
            f"{mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]",
            f"{seconds['bfloat16'] / seconds['float32']:.2f}",
        )
    Console(width=110).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    with TemporaryDirectory() as cache:
        show(measure(given, Path(cache)))


if __name__ == "__main__":
    main()
