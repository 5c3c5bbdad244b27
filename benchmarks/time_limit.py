"""Does what `--time-limit` alone plans end within the limit, and does it use the time? Simulated, in virtual time.

Run: python benchmarks/time_limit.py [--sweeps 100] [--pruner median] [--learning 0.5]. Each row plans from an epoch
that was measured with some error, then lets the real pruner judge made-up learning curves in so many slots.
Configurations train 0.5 to 2 times as fast as the default one (a batch size does that), an epoch varies by a tenth,
starts cost what they cost, and with `--learning` later trials are better than earlier ones, as a sampler's are, so that
fewer are cut.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from search_spaces.budget import Budget  # noqa: E402
from tune_jobs.search.budget_plan import plan_budget  # noqa: E402
from tune_jobs.search.pruners import PRUNERS  # noqa: E402

LIMITS = {"2m": 120, "10m": 600, "1h": 3600, "8h": 28800}  # seconds
EPOCHS = (0.3, 3.0, 60.0)  # seconds of the default's
SLOTS = (1, 2, 8)
IMAGES = 300
COUNTED = ("plan", "all within", "trials within", "time used", "training", "default")
START_SECONDS, TRIAL_SECONDS = 6.0, 0.5  # until the first epoch begins; between two trials
MEASURING_ERROR, EPOCH_NOISE = 0.05, 0.1  # relative, one standard deviation
_TRIALS_A_ROW = 3000  # where a sweep has many, few sweeps are alike enough
SLOWEST = 2.0  # configurations train so many times as slowly as the default at most, and as fast


@dataclass(frozen=True)
class Ending:
    """What became of one simulated sweep."""

    seconds: float  # until the last trial ended, had there been no limit
    within: int  # trials that ended within the limit
    trained: float  # share of the slots' time until the limit that was spent training
    default_at: float  # when the default configuration ended, as a share of the limit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=100, help="simulated sweeps a row, fewer of large ones")
    parser.add_argument("--pruner", choices=list(PRUNERS), default="asha")
    parser.add_argument("--learning", type=float, default=0.5, help="gain of a sweep's last trials, in deviations")
    options = parser.parse_args()
    sweeps = f"at most {options.sweeps} simulated sweeps a row"
    table = Table(title=f"{sweeps}, {options.pruner}, learning {options.learning:g}")
    for heading in ("limit", "s an epoch", "slots", *COUNTED):
        table.add_column(heading, justify="left" if heading in ("limit", "plan") else "right")
    for name, limit in LIMITS.items():
        for seconds in EPOCHS:
            for slots in SLOTS:
                table.add_row(name, f"{seconds:g}", str(slots), *_row(limit, seconds, slots, options))
    Console(width=110).print(table)


def _row(limit: float, seconds: float, slots: int, options: argparse.Namespace) -> Iterator[str]:
    budget, randomness = Budget.model_validate({"pruner": options.pruner}), random.Random(0)
    plans, endings = [], []
    most, _ = plan_budget(limit - START_SECONDS, seconds, slots, budget, IMAGES)
    for _ in range(max(3, min(options.sweeps, _TRIALS_A_ROW // most))):
        measured = seconds * randomness.gauss(1, MEASURING_ERROR)
        trials, epochs = plan_budget(limit - START_SECONDS, measured, slots, budget, IMAGES)
        plans.append((trials, epochs))
        endings.append(simulate(budget.sized(trials, epochs), seconds, slots, limit, options.learning, randomness))
    trials, epochs = statistics.multimode(plans)[0]
    yield f"{trials} x {epochs}"
    yield f"{statistics.mean(one.seconds <= limit for one in endings):.0%}"
    yield f"{sum(one.within for one in endings) / sum(trials for trials, _ in plans):.0%}"
    yield f"{statistics.mean(min(1, one.seconds / limit) for one in endings):.0%}"
    yield f"{statistics.mean(one.trained for one in endings):.0%}"
    yield f"{statistics.mean(one.default_at for one in endings):.0%}"


def simulate(
    budget: Budget, seconds: float, slots: int, limit: float, learning: float, randomness: random.Random
) -> Ending:
    """A sweep of made-up trials in virtual time, each epoch judged by the real pruner in the order of arrival."""
    pruner = PRUNERS[budget.pruner](budget, ["max"])
    free = [(START_SECONDS, slot) for slot in range(slots)]
    heapq.heapify(free)
    running: list[tuple[float, int, int]] = []  # when its epoch ends, trial, epoch
    began, height, pace, best, ends = {}, {}, {}, {}, {}
    trained = 0.0

    def next_epoch(trial: int, epoch: int, now: float) -> None:
        nonlocal trained
        took = seconds * pace[trial] * max(0.2, randomness.gauss(1, EPOCH_NOISE))
        trained += max(0.0, min(now + took, limit) - min(now, limit))
        heapq.heappush(running, (now + took, trial, epoch))

    while running or len(began) < budget.trials:
        if free and len(began) < budget.trials and (not running or free[0][0] <= running[0][0]):
            now, _ = heapq.heappop(free)
            trial = len(began)
            began[trial] = now
            height[trial] = randomness.gauss(learning * trial / budget.trials, 1)
            pace[trial] = SLOWEST ** randomness.uniform(-1, 1) if trial else 1.0
            next_epoch(trial, 1, now)
            continue
        now, trial, epoch = heapq.heappop(running)
        value = height[trial] - 2 * math.exp(-3 * epoch / budget.max_epochs) + randomness.gauss(0, 0.2)
        best[trial] = max(value, best.get(trial, -math.inf))
        cut = pruner.judge(str(trial), epoch, (best[trial],))
        if epoch == budget.max_epochs or (cut and trial):
            ends[trial] = now
            heapq.heappush(free, (now + TRIAL_SECONDS, trial))
        else:
            next_epoch(trial, epoch + 1, now)
    within = sum(end <= limit for end in ends.values())
    return Ending(max(ends.values()), within, trained / (slots * limit), ends[0] / limit)


if __name__ == "__main__":
    main()
