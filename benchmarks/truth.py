"""Does what a report says of knobs hold? Sweeps over made-up learning curves, so that the truth is known.

    python benchmarks/truth.py [--sweeps 200] [--trials 24 48 100] [--samplers random tpe] [--grace-epochs 3]

The scheduler, the samplers, the rungs, the record and the report's analysis are the real ones; only the training is
made up. In each world a learning rate matters from the first epoch on, or not at all; a schedule, and an augmentation
that costs at first and pays in the end, may be worth 4 spreads of a seed at the last epoch; four knobs never do
anything.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.replay.ours import spec_of, study_in_memory  # noqa: E402
from reports.analysis.compared import common_epoch, first_rung, knob_table, not_visible  # noqa: E402
from reports.analysis.knob_effects import interactions, knob_effects  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402
from reports.records.record import Event, SweepEnded, read_events  # noqa: E402
from reports.records.spec import SweepSpec  # noqa: E402
from reports.records.state import fold  # noqa: E402
from search_spaces.budget import first_rung_of  # noqa: E402
from search_spaces.schema import SearchSpace  # noqa: E402
from tune_jobs.search.messages import EpochMessage  # noqa: E402
from tune_jobs.search.samplers import SAMPLERS  # noqa: E402
from tune_jobs.search.scheduler import SweepScheduler  # noqa: E402

EPOCHS = 27
WORKERS = 8
SEED_SPREAD = 0.01
BETWEEN_SEEDS = 0.8  # of its square; the rest is between epochs
NOTHING = ("batch_size", "optimizer", "weight_decay", "label_smoothing")
SPACE = SearchSpace.model_validate(
    {
        "name": "truth",
        "task": "classification",
        "model": "resnet18",
        "data": {"name": "shapes"},
        "objective": {"metric": "val_accuracy", "mode": "max"},
        "search": {
            "lr": {"log_uniform": [1e-4, 2e-2], "default": 4e-3},
            "scheduler": {"choice": ["one_cycle", "cosine", "none"], "default": "one_cycle"},
            "augmentation": {"choice": ["none", "flip"], "default": "flip"},
            "batch_size": {"choice": [16, 32, 64], "default": 32},
            "optimizer": {"choice": ["adamw", "adam", "sgd"], "default": "adamw"},
            "weight_decay": {"log_uniform": [1e-5, 1e-1], "default": 1e-2},
            "label_smoothing": {"choice": [0.0, 0.1], "default": 0.1},
        },
        "budget": {"max_epochs": EPOCHS},
    }
)


@dataclass(frozen=True)
class World:
    """What knobs do, in spreads of a seed at the last epoch."""

    name: str
    rate: float = 0.0  # from the best learning rate to the worst
    schedule: float = 0.0  # from the best schedule to the worst
    augmentation: float = 0.0  # costs half as much at first
    together: float = 0.0  # what one optimizer loses with large batches alone

    def worth(self, config: dict[str, Any], epoch: int) -> float:
        """What a configuration is worth over a neutral one."""
        done = epoch / EPOCHS
        off = math.log(config["lr"] / 4e-3) / math.log(40)
        gained = -self.rate * min(1.0, off * off)
        gained += self.schedule * {"one_cycle": 1.0, "cosine": 0.5, "none": 0.0}[config["scheduler"]] * done**4
        gained += self.augmentation * (1.5 * done - 0.5) * (config["augmentation"] == "flip")
        gained -= self.together * (config["optimizer"] == "sgd" and config["batch_size"] == 64)
        return SEED_SPREAD * gained

    def acts(self, knob: str) -> bool:
        return {"lr": self.rate, "scheduler": self.schedule, "augmentation": self.augmentation}.get(knob, 0.0) > 0


WORLDS = (
    World("nothing matters"),
    World("learning rate", rate=8),
    World("learning rate, schedule", rate=8, schedule=4),
    World("learning rate, curves that cross", rate=8, augmentation=4),
)
ACTING_TOGETHER = World("learning rate, a pair", rate=8, together=8)


def swept(
    world: World,
    sampler: str,
    trials: int,
    seed: int,
    *,
    workers: int = WORKERS,
    budget: Mapping[str, Any] | None = None,
) -> list[Event]:
    """The record of a whole sweep of workers that are equally fast; `budget` adds to its trials and its sampler."""
    rng = np.random.default_rng([seed, trials])
    spec = spec_of(SPACE, {"trials": trials, "sampler": sampler, **(budget or {})}, seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = SweepFolder(Path(scratch))
        run(world, spec, folder, trials, rng, workers=workers)
        return read_events(folder.record_path)


def run(
    world: World, spec: SweepSpec, folder: SweepFolder, trials: int, rng: np.random.Generator, *, workers: int = WORKERS
) -> None:
    """A sweep or an ablation into a folder."""
    sampler = spec.space.budget.sampler
    in_memory = {sampler: lambda spec, journal, finished: study_in_memory(sampler, spec, journal)}
    with patch.dict(SAMPLERS, in_memory):
        scheduler = SweepScheduler(folder, spec, trials=trials, slots=workers)
    queue: list[tuple[float, int, str, dict[str, Any], float, int]] = []
    numbers, time = itertools.count(), 0.0
    while True:
        while len(queue) < workers and (given := scheduler.next_trial()):
            scheduler.started(given, node="made up", slot=0)
            luck = rng.normal(0, SEED_SPREAD * math.sqrt(BETWEEN_SEEDS))
            heapq.heappush(queue, (time + rng.uniform(0.9, 1.1), next(numbers), given.trial, given.config, luck, 1))
        if not queue:
            break
        time, _, trial, config, luck, epoch = heapq.heappop(queue)
        value = height(epoch) + world.worth(config, epoch) + luck
        value += rng.normal(0, SEED_SPREAD * math.sqrt(1 - BETWEEN_SEEDS))
        ended = "completed" if epoch == EPOCHS else None
        over = scheduler.hear(EpochMessage(trial, epoch, {"val_accuracy": value}, {}, ended))
        if not over and ended is None:
            heapq.heappush(queue, (time + rng.uniform(0.9, 1.1), next(numbers), trial, config, luck, epoch + 1))
    scheduler.close(SweepEnded(reason="completed"))


def height(epoch: int) -> float:
    """The curve of a neutral configuration."""
    return 0.6 * (1 - math.exp(-epoch / 5))


def claims(
    world: World, sampler: str, trials: int, seed: int, budget: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """What a report of one sweep claims, as words that are counted."""
    spec = spec_of(SPACE, {"trials": trials, "sampler": sampler, **(budget or {})}, seed)
    state = fold(swept(world, sampler, trials, seed, budget=budget))
    epoch = common_epoch(state, spec)
    hidden = not_visible(spec, epoch)
    rung = first_rung(state, spec)
    early = (knob_table(state, spec, rung), not_visible(spec, rung)) if rung else ()
    effects = knob_effects(knob_table(state, spec), spec, hidden, *early)
    yield f"epoch {epoch}"
    wrong = [one.knob for one in effects if one.hinted and not _true(world, one)]
    if wrong:
        yield "false"
    if not any(one.hinted for one in effects):
        yield "silent"
    for knob in ("lr", "scheduler", "augmentation"):
        if world.acts(knob):
            if any(one.knob == knob and one.hinted and _true(world, one) for one in effects):
                yield f"found {knob}"
            elif knob in hidden or any(one.knob == knob and not one.visible for one in effects):
                yield f"hidden {knob}"


def pair_claims(
    world: World, sampler: str, trials: int, seed: int, budget: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """What a report of one sweep says of knobs that act together, as words that are counted."""
    spec = spec_of(SPACE, {"trials": trials, "sampler": sampler, **(budget or {})}, seed)
    state = fold(swept(world, sampler, trials, seed, budget=budget))
    pairs = interactions(knob_table(state, spec), spec)
    if pairs:
        yield "tested"
    said = [{one.one, one.other} for one in pairs if one.hinted]
    true = {"optimizer", "batch_size"} if world.together else set()
    if any(one != true for one in said):
        yield "false"
    if true in said:
        yield "found"


def _true(world: World, effect: Any) -> bool:
    """Whether what is called better is so at the last epoch."""
    neutral = {"lr": 4e-3, "scheduler": "none", "augmentation": "none"}
    best, worst = ({**neutral, effect.knob: level.place} for level in (effect.best, effect.worst))
    return world.acts(effect.knob) and world.worth(best, EPOCHS) > world.worth(worst, EPOCHS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=200)
    parser.add_argument("--trials", type=int, nargs="+", default=[24, 48, 100])
    parser.add_argument("--samplers", nargs="+", default=["random", "tpe"])
    parser.add_argument("--pairs", action="store_true", help="what is said of knobs that act together instead")
    parser.add_argument("--grace-epochs", type=int, default=first_rung_of(EPOCHS), help="the first rung, of 27 epochs")
    given = parser.parse_args()
    budget = {"grace_epochs": given.grace_epochs}
    if given.pairs:
        Console(width=150).print(_of_pairs(given.samplers, given.trials, given.sweeps, budget))
        return
    titles = ("world", "sampler", "trials", "any false hint", "no hint", "lr", "schedule", "augmentation", "epoch")
    table = Table(*titles)
    for world, sampler, trials in itertools.product(WORLDS, given.samplers, given.trials):
        counted: Counter[str] = Counter()
        for seed in track(range(given.sweeps), f"{world.name}, {sampler}, {trials}", transient=True):
            counted.update(claims(world, sampler, trials, seed, budget))

        def share(word: str, of: int = given.sweeps, counted: Counter[str] = counted) -> str:
            return f"{counted[word] / of:.0%}"

        found = [
            f"{share(f'found {knob}')} ({share(f'hidden {knob}')} not visible)" if world.acts(knob) else ""
            for knob in ("lr", "scheduler", "augmentation")
        ]
        epochs = [word.removeprefix("epoch ") for word in sorted(counted) if word.startswith("epoch")]
        table.add_row(world.name, sampler, str(trials), share("false"), share("silent"), *found, ", ".join(epochs))
    Console(width=150).print(table)


def _of_pairs(samplers: list[str], trials: list[int], sweeps: int, budget: Mapping[str, Any]) -> Table:
    table = Table("world", "sampler", "trials", "any pair tested", "any false pair", "the pair")
    for world, sampler, count in itertools.product([*WORLDS, ACTING_TOGETHER], samplers, trials):
        counted: Counter[str] = Counter()
        for seed in track(range(sweeps), f"pairs: {world.name}, {sampler}, {count}", transient=True):
            counted.update(pair_claims(world, sampler, count, seed, budget))
        shares = [f"{counted[word] / sweeps:.0%}" for word in ("tested", "false", "found")]
        table.add_row(world.name, sampler, str(count), *shares[:2], shares[2] if world.together else "")
    return table


if __name__ == "__main__":
    main()
