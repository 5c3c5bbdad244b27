"""Does the recipe that a sweep finds beat what an engineer writes without tuning?

    python benchmarks/recipes.py [--sets camvid,birds12,...] [--systems plain,default] [--seeds 4] [--times 10]

On each set, with our own networks and the best epoch of each run: the plain script (peers/plain.py), our default
configuration, the winner of `tune launch` with a time limit of so many times one plain run, and the winner of Optuna's
TPE with its median pruner in the same space, time and processes. A winner is trained again with fresh seeds, so that
nothing here was chosen by its luck. Results are kept as they come; a second start goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.analysis.significance import compare  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402
from search_spaces.loading import load as load_space  # noqa: E402
from search_spaces.schema import SearchSpace  # noqa: E402

SLOTS = 2
FIRST_SEED = 101  # of fresh ones; sweeps train with 0
SYSTEMS = ("plain", "default", "sweep", "optuna")


@dataclass(frozen=True)
class Problem:
    """A set of images with a network for it."""

    space: str
    epochs: int  # of the plain script, and of the default
    overrides: tuple[str, ...]
    folder: str | None = None  # below --images; without it, a generated set

    def load(self, images: Path) -> SearchSpace:
        path = [f"data.path={json.dumps(str(images / self.folder))}"] if self.folder else []
        return load_space(self.space, [*self.overrides, *path])


PROBLEMS = {
    "camvid": Problem("seg_unet", 6, ("data.image_size=[60,80]", "fixed.width=8"), "camvid"),
    "streetpatches": Problem("cls_resnet18", 6, ("data.image_size=[32,32]",), "streetpatches"),
    "birds12": Problem("cls_resnet18", 20, ("data.image_size=[48,48]",), "birds12"),
    "landscapes": Problem("color_unet", 6, ("data.image_size=[48,48]", "fixed.width=8"), "landscapes"),
    "streets": Problem("seg_unet", 9, ("data.image_size=[48,64]", "fixed.width=8"), None),
}


def trained(job: tuple[str, dict[str, Any], str, str, int]) -> dict[str, Any]:
    """Best value of one run, its seconds of processor and of clock."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, load
    from cnnmodels.training import fit

    system, config, spec, cache, seed = job
    torch.set_num_threads(1)
    wanted = parse({**config, "seed": seed})
    data = load(DataSpec.model_validate_json(spec), Path(cache), wanted.task)
    metric = {"classification": "val_accuracy", "segmentation": "val_miou", "colorization": "val_psnr"}[wanted.task]
    began, clock = time.process_time(), time.perf_counter()
    if system == "plain":
        from benchmarks.peers.plain import train

        wanted = wanted.model_copy(update={"stem_stride": 4})  # ResNet-18 as in the paper, untuned
        values = [metrics[metric] for metrics in train(wanted, data, wanted.epochs, seed)]
    else:
        values = [result.metrics.get(metric, 0.0) for result in fit(wanted, data)]
    return {"value": max(values), "cpu": time.process_time() - began, "wall": time.perf_counter() - clock}


class Results:
    """What was found so far, a JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.rows: dict[str, dict[str, Any]] = {row["key"]: row for row in map(json.loads, lines)}

    def get(self, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A result, made where it is not there yet."""
        if key not in self.rows:
            self.rows[key] = {"key": key, **make()}
            with self._path.open("a") as file:
                file.write(json.dumps(self.rows[key]) + "\n")
            print(key, {name: value for name, value in self.rows[key].items() if name != "config"}, file=sys.stderr)
        return self.rows[key]


def searched(command: list[str], environment: dict[str, str]) -> tuple[str, dict[str, float]]:
    """Run a search; its output, and what it took of the processor and the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, {"cpu": cpu, "wall": time.perf_counter() - began}


def sweep(name: str, problem: Problem, images: Path, seconds: float, work: Path) -> dict[str, Any]:
    """The winner of `tune launch`."""
    overrides = [*problem.overrides, "resources.gpus=0"]
    words = [word for one in overrides for word in ("--set", one)]
    data = ["--data", str(images / problem.folder)] if problem.folder else []
    place = work / f"sweep-{time.time_ns()}"
    command = [sys.executable, "-m", "tune_jobs", "launch", problem.space, *data, *words, "--name", name]
    command += ["--time-limit", f"{seconds:.0f}s", "--storage", str(place)]
    _, cost = searched(command, {"CNN_TUNE_CACHE": str(work / "cache")})
    folder = SweepFolder(place / name)
    state, objective = folder.state(), folder.spec().space.objective
    best = state.ranked(objective.metric, objective.mode)[0]
    return {"config": dict(best.config), "trial": best.trial, "trials": len(state.finished), **cost}


def optuna_study(problem: Problem, images: Path, seconds: float, work: Path) -> dict[str, Any]:
    """The winner of Optuna's study in the same space, its trials as long as the plain script's."""
    place = work / f"optuna-{time.time_ns()}"
    space = problem.load(images)
    budget = space.budget.sized(space.budget.trials, problem.epochs)
    (work / "space.json").write_text(json.dumps(space.model_copy(update={"budget": budget}).as_written()))
    command = [sys.executable, "-m", "benchmarks.peers.optuna_median", str(work / "space.json"), str(place)]
    command += ["--seconds", str(seconds), "--processes", str(SLOTS), "--cache", str(work / "cache")]
    said, cost = searched(command, {"OMP_NUM_THREADS": "1"})
    return {"config": json.loads(said.splitlines()[-1]), **cost}


def measure(
    name: str, images: Path, work: Path, seeds: int, times: float, systems: Sequence[str], results: Results
) -> None:
    """All runs of one set."""
    problem = PROBLEMS[name]
    space = problem.load(images)
    default = space.trial_config(space.default(), seed=0).model_copy(update={"epochs": problem.epochs})
    base, spec = default.model_dump(mode="json"), space.data.model_dump_json()

    def repeat(system: str, config: dict[str, Any]) -> None:
        numbers = range(FIRST_SEED, FIRST_SEED + seeds)
        missing = [seed for seed in numbers if f"{name}/{system}/{seed}" not in results.rows]
        jobs = [(system, config, spec, str(work / "cache"), seed) for seed in missing]
        with ProcessPoolExecutor(SLOTS, mp_context=get_context("spawn")) as pool:
            for seed, found in zip(missing, pool.map(trained, jobs), strict=True):
                results.get(f"{name}/{system}/{seed}", lambda found=found: found)

    alone = results.get(f"{name}/alone", lambda: trained(("plain", base, spec, str(work / "cache"), 0)))
    seconds = max(30.0, times * alone["wall"])
    searches = {
        "sweep": lambda: sweep(name, problem, images, seconds, work),
        "optuna": lambda: optuna_study(problem, images, seconds, work),
    }
    for system in systems:
        search = searches.get(system)
        repeat(system, results.get(f"{name}/{system}", search)["config"] if search else base)


def rows(results: Results, name: str, seeds: int, systems: Sequence[str]) -> Iterator[list[str]]:
    """The lines of one set in the table."""
    values = {
        system: [results.rows[f"{name}/{system}/{seed}"]["value"] for seed in range(FIRST_SEED, FIRST_SEED + seeds)]
        for system in systems
    }
    for system in systems:
        row, own = results.rows.get(f"{name}/{system}"), values[system]
        cpu = row["cpu"] if row else results.rows[f"{name}/{system}/{FIRST_SEED}"]["cpu"]
        against = compare(own, values["plain"]) if system != "plain" else None
        yield [
            name if system == "plain" else "",
            system,
            f"{sum(own) / len(own):.4f}",
            f"{against.in_words()} {against.verdict}" if against else "",
            compare(own, values["optuna"]).in_words() if system == "sweep" and "optuna" in values else "",
            f"{cpu:.0f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", default=",".join(PROBLEMS))
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="plain first; each is compared with it")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--times", type=float, default=10, help="time limit of a search, in plain runs")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "cnn-tune" / "recipes")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    results = Results(given.work / "results.jsonl")
    table = Table("set", "system", "mean", "against plain", "against Optuna", "CPU s")
    systems = given.systems.split(",")
    for name in given.sets.split(","):
        measure(name, given.images.resolve(), given.work, given.seeds, given.times, systems, results)
        for row in rows(results, name, given.seeds, systems):
            table.add_row(*row)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
