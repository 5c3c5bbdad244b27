"""Real learning curves for `search.py` to replay: two small tasks, many configurations, two seeds, every epoch.

    nice -n 10 python benchmarks/curves.py compute --work /tmp/curves [--images ../shared/data] [--configurations 150]
    python benchmarks/curves.py finish --work /tmp/curves

`compute` appends each run to a file as it ends, and goes on where it was stopped; about 80 minutes of one core.
`finish` writes what is there to `benchmarks/curves/`, as long as all runs of a configuration are.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.replay.spaces import TASKS, CurveTask  # noqa: E402
from cnnmodels.data import ImageData, Split, load  # noqa: E402
from search_spaces.schema import SearchSpace  # noqa: E402
from tune_jobs.search.around import around, evenly  # noqa: E402

SEEDS = (0, 1)
KEPT = ROOT / "benchmarks" / "curves"
_DRAWS = 20  # seed of all configurations


def configuration(space: SearchSpace, number: int) -> dict[str, Any]:
    """The configuration of a number, whatever others there are: 0 is the default, the other even ones are drawn from
    the whole space, the odd ones around the default."""
    rng = np.random.default_rng([_DRAWS, number])
    if number == 0:
        return space.default()
    return around(space, rng, space.default()) if number % 2 else evenly(space, rng)


def compute(work: Path, images: Path, configurations: int) -> None:
    """Train whatever is missing, configuration by configuration, so that what is there can be used at any time."""
    import torch

    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    spaces = {name: task.space(images) for name, task in TASKS.items()}
    data = {name: _subset(task, spaces[name], work / "cache") for name, task in TASKS.items()}
    done = {(run["task"], run["configuration"], run["seed"]) for run in _runs(work)}
    for number in range(configurations):
        for name, space in spaces.items():
            for seed in SEEDS:
                if (name, number, seed) not in done:
                    values = configuration(space, number)
                    run = {"task": name, "configuration": number, "seed": seed, "values": values}
                    _append(work, {**run, "epochs": _train(space, values, seed, data[name])})


def _subset(task: CurveTask, space: SearchSpace, cache: Path) -> ImageData:
    """Every n-th image, so that all classes are there."""
    data = load(space.data, cache, space.task)
    train, val = _thinned(data.train, task.train_images), _thinned(data.val, task.val_images)
    return dataclasses.replace(data, train=train, val=val, test=None)


def _thinned(split: Split, images: int) -> Split:
    kept = np.arange(images) * len(split) // images
    return Split(split.images[kept], None if split.targets is None else split.targets[kept])


def _train(space: SearchSpace, values: dict[str, Any], seed: int, data: ImageData) -> list[list[float | None]]:
    """Objective, validation loss and seconds of the processor of each epoch; a run that diverged has fewer.

    Of the processor, so that other programs on the machine do not count: with one thread they are those of the clock
    on a quiet one.
    """
    from cnnmodels.training import fit

    objective = space.objective
    epochs: list[list[float | None]] = []
    began = time.process_time()
    for result in fit(space.trial_config(values, seed), data, objective=(objective.metric, objective.mode)):
        spent = round(time.process_time() - began, 3)
        if result.checkpoint is not None:
            epochs.append([result.metrics.get(objective.metric), result.metrics.get("val_loss"), spent])
        began = time.process_time()
    return epochs


def _append(work: Path, run: dict[str, Any]) -> None:
    with (work / "runs.jsonl").open("a") as file:
        file.write(json.dumps(run) + "\n")


def _runs(work: Path) -> Iterator[dict[str, Any]]:
    """The runs so far; the last line may be torn."""
    path = work / "runs.jsonl"
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def finish(work: Path) -> None:
    """Write two tables: the epochs, and the configurations as JSON."""
    runs = {(run["task"], run["configuration"], run["seed"]): run for run in _runs(work)}
    whole = [key for key in sorted(runs) if all((*key[:2], seed) in runs for seed in SEEDS)]
    epochs = [(*key, epoch, *row) for key in whole for epoch, row in enumerate(runs[key]["epochs"], start=1)]
    table = pd.DataFrame(epochs, columns=["task", "configuration", "seed", "epoch", "value", "val_loss", "seconds"])
    numbers = {"configuration": "int16", "seed": "int8", "epoch": "int8"}
    floats = dict.fromkeys(("value", "val_loss", "seconds"), "float32")
    configurations = [(*key[:2], json.dumps(runs[key]["values"])) for key in whole if key[2] == SEEDS[0]]
    KEPT.mkdir(exist_ok=True)
    table.astype({**numbers, **floats}).to_parquet(KEPT / "epochs.parquet", compression="zstd", index=False)
    listed = pd.DataFrame(configurations, columns=["task", "configuration", "values"])
    listed.astype({"configuration": "int16"}).to_parquet(
        KEPT / "configurations.parquet", compression="zstd", index=False
    )
    print(listed.groupby("task").size().to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["compute", "finish"])
    parser.add_argument("--work", type=Path, required=True, help="where runs are kept until all have ended")
    parser.add_argument("--images", type=Path, default=ROOT / "../shared/data", help="the folder of both tasks' images")
    parser.add_argument("--configurations", type=int, default=150)
    given = parser.parse_args()
    if given.step == "compute":
        compute(given.work, given.images, given.configurations)
    else:
        finish(given.work)


if __name__ == "__main__":
    main()
