"""Do forecasts hold? How often the range of epochs that `tune plan` gives, and that of the time left, holds the truth.

    python benchmarks/truth_forecasts.py [--sweeps 7] [--trials 24 100] [--samplers random tpe] [--slots 2 8]

Sweeps over the made-up worlds of benchmarks/truth.py, in virtual time, with the real scheduler, samplers and rungs;
each row is of so many sweeps of every world with the rungs of the default (3, 9) and with three (1, 3, 9). The plan's
range is made before a sweep; the range of what is left is made when a third and two thirds of its trials have ended,
from the record as it was then.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import truth  # noqa: E402
from benchmarks.replay.ours import spec_of  # noqa: E402
from reports.records.record import Event, TrialEnded  # noqa: E402
from reports.records.state import SweepState, fold  # noqa: E402
from tune_jobs.search.forecast import Forecast, forecast_rest, forecast_sweep  # noqa: E402

BUDGETS: tuple[dict[str, int], ...] = ({}, {"grace_epochs": 1})
SHARES = (1 / 3, 2 / 3)  # of the trials that have ended, when what is left is forecast
TITLES = ("sampler", "trials", "slots", "sweeps", "plan holds", "a third in", "two thirds in", "truth", "plan", "width")


@dataclass(frozen=True)
class Outcome:
    """One sweep, and what was said of it."""

    epochs: int
    plan: Forecast
    held: tuple[bool, ...]  # the plan's range, then those of what was left


def outcome(world: truth.World, sampler: str, trials: int, slots: int, given: dict[str, int], seed: int) -> Outcome:
    """A whole sweep against its forecasts."""
    events = truth.swept(world, sampler, trials, seed, workers=slots, budget=given)
    budget = spec_of(truth.SPACE, {"trials": trials, "sampler": sampler, **given}, seed).space.budget
    plan, total = forecast_sweep(budget), _trained(fold(events))
    held = [plan.low <= total <= plan.high]
    for so_far in _moments(events, trials):
        state = fold(so_far)
        left = forecast_rest(state, budget)
        held.append(left.low <= total - _trained(state) <= left.high)
    return Outcome(total, plan, tuple(held))


def _trained(state: SweepState) -> int:
    return sum(len(trial.epochs) for trial in state.trials.values())


def _moments(events: list[Event], trials: int) -> Iterator[list[Event]]:
    """The record as it was when so many trials had ended."""
    ends = [place for place, event in enumerate(events, start=1) if isinstance(event, TrialEnded)]
    for share in SHARES:
        yield events[: ends[round(share * trials) - 1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=7, help="of each world and budget")
    parser.add_argument("--trials", type=int, nargs="+", default=[24, 100])
    parser.add_argument("--samplers", nargs="+", default=["random", "tpe"])
    parser.add_argument("--slots", type=int, nargs="+", default=[2, 8])
    given = parser.parse_args()
    table, every = Table(*TITLES), []
    for sampler, trials, slots in itertools.product(given.samplers, given.trials, given.slots):
        cases = list(itertools.product(truth.WORLDS, BUDGETS, range(given.sweeps)))
        found = [
            outcome(world, sampler, trials, slots, budget, seed)
            for world, budget, seed in track(cases, f"{sampler}, {trials}, {slots}", transient=True)
        ]
        every += found
        table.add_row(sampler, str(trials), str(slots), *_row(found))
    table.add_row("all", "", "", *_row(every))
    Console(width=140).print(table)


def _row(found: list[Outcome]) -> Iterator[str]:
    yield str(len(found))
    for place in range(1 + len(SHARES)):
        yield f"{statistics.mean(one.held[place] for one in found):.0%}"
    yield f"{statistics.mean(one.epochs for one in found):.0f}"
    yield f"{statistics.mean(one.plan.expected for one in found):.0f}"
    yield f"{statistics.mean(one.plan.high / one.plan.low for one in found):.1f}x"


if __name__ == "__main__":
    main()
