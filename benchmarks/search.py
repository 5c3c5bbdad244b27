"""Which search finds the most in a budget: real learning curves replayed in virtual time with the real schedulers.

    python benchmarks/search.py [--repetitions 100] [--budgets 5 10 20 40] [--workers 2 8 32] [--csv regrets.csv]

Prints a table for each task and number of workers: regret in points (hundredths of the objective) after so many full
runs' epochs, mean over repetitions with its 95% interval; then what each strategy adds to the regret of the present one
in the same repetitions, and what other ways to choose the winner would add.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import multiprocessing
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.replay.clock import replay  # noqa: E402
from benchmarks.replay.spaces import EPOCHS, TASKS  # noqa: E402
from benchmarks.replay.strategies import PRESENT, STRATEGIES  # noqa: E402
from benchmarks.replay.table import CurveTable, load_table  # noqa: E402
from benchmarks.replay.winners import RULES, interval, regret  # noqa: E402

Run = tuple[str, str, int, int]  # task, strategy, workers, repetition
_CAPTION = "*: by then every configuration of the table was tried, in most repetitions"
_TABLES: dict[str, CurveTable] = {}  # of this process


def regrets_of(table: CurveTable, run: Run, budgets: list[int]) -> list[dict[str, object]]:
    """One repetition: a search once to the largest budget, since none of them looks at what is left."""
    _, strategy, workers, repetition = run
    rng = np.random.default_rng(repetition)  # the same for every strategy, so that they can be compared in pairs
    seeds = [int(seed) for seed in rng.integers(2, size=len(table.configurations))]
    with _without_warnings(), closing(STRATEGIES[strategy](table, repetition)) as search:
        history = replay(search, table, seeds, workers=workers, epochs=max(budgets) * EPOCHS)
    worths = table.worths()
    rows: list[dict[str, object]] = []
    for budget, (rule, choose) in itertools.product(budgets, RULES.items()):
        chosen = choose(history, table, seeds, budget * EPOCHS)
        row = dict(zip(("task", "strategy", "workers", "repetition"), run, strict=True))
        tried = len({seen.configuration for seen in history[: budget * EPOCHS]})
        row["tried"] = tried / len(worths)
        rows.append({**row, "budget": budget, "rule": rule, "regret": 100 * regret(chosen, worths)})
    return rows


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Optuna says of much that it is experimental; scipy wants 2, 4, 8, ... Sobol points."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", message="The balance properties of Sobol", category=UserWarning)
        yield


def _prepare(folder: Path, equal_epochs: bool) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name in TASKS:
        table = load_table(folder, name)
        alike = [[1.0 for _ in seconds] for seconds in table.seconds]
        _TABLES[name] = dataclasses.replace(table, seconds=alike) if equal_epochs else table


def _measured(job: tuple[Run, list[int]]) -> list[dict[str, object]]:
    run, budgets = job
    return regrets_of(_TABLES[run[0]], run, budgets)


def measure(given: argparse.Namespace) -> pd.DataFrame:
    """Every repetition of every strategy that was asked for."""
    runs = itertools.product(given.tasks, given.strategies, given.workers, range(given.repetitions))
    jobs = [(run, given.budgets) for run in runs]
    context = multiprocessing.get_context("spawn")
    with context.Pool(given.processes, _prepare, (given.curves, given.equal_epochs)) as pool:
        rows: list[dict[str, object]] = []
        for done, found in enumerate(pool.imap_unordered(_measured, jobs, chunksize=4), start=1):
            rows += found
            if done % 100 == 0:
                print(f"{done} of {len(jobs)} searches replayed", file=sys.stderr)
        return pd.DataFrame(rows)


def show(found: pd.DataFrame) -> None:
    """The tables."""
    console = Console(width=130)
    chosen = found[found["rule"] == "best epoch"]
    for key, part in chosen.groupby(["task", "workers"]):
        console.print(_by_strategy(part, "{}, {} workers: regret in points, and its 95% interval".format(*key)))
    if PRESENT in set(found["strategy"]):
        console.print(_against_present(chosen))
    for task, part in found.groupby("task"):
        console.print(_by_rule(part, f"{task}: what another rule for the winner adds, over all strategies"))
    console.print(_by_rule(found, "all tasks: what another rule for the winner adds, over all strategies"))


def _by_strategy(part: pd.DataFrame, title: str) -> Table:
    budgets = sorted(part["budget"].unique())
    table = Table("strategy", *(f"{budget} full runs" for budget in budgets), title=title, caption=_CAPTION)
    for strategy in [name for name in STRATEGIES if name in set(part["strategy"])]:
        rows = part[part["strategy"] == strategy]
        cells = [_cell(rows[rows["budget"] == budget]["regret"]) for budget in budgets]
        exhausted = [rows[rows["budget"] == budget]["tried"].median() == 1 for budget in budgets]
        cells = [cell + ("*" if all_tried else "") for cell, all_tried in zip(cells, exhausted, strict=True)]
        table.add_row(strategy, *cells)
    return table


def _against_present(chosen: pd.DataFrame) -> Table:
    """Differences in pairs: the same repetition, another strategy."""
    budgets = sorted(chosen["budget"].unique())
    title = f"all tasks: what a strategy adds to the regret of `{PRESENT}`"
    table = Table("strategy", *(f"{budget} full runs" for budget in budgets), "all budgets", title=title)
    pairs = chosen.pivot(index=["task", "workers", "repetition", "budget"], columns="strategy", values="regret")
    for strategy in [name for name in STRATEGIES if name in pairs and name != PRESENT]:
        table.add_row(strategy, *_differences(pairs[strategy] - pairs[PRESENT]))
    return table


def _by_rule(part: pd.DataFrame, title: str) -> Table:
    """Differences in pairs: the same search, another winner."""
    budgets = sorted(part["budget"].unique())
    table = Table("rule", *(f"{budget} full runs" for budget in budgets), "all budgets", title=title)
    pairs = part.pivot(index=["task", "strategy", "workers", "repetition", "budget"], columns="rule", values="regret")
    for rule in list(RULES)[1:]:
        table.add_row(rule, *_differences(pairs[rule] - pairs["best epoch"]))
    return table


def _differences(apart: pd.Series) -> list[str]:
    """For each budget and for all, the mean of a repetition's differences is one observation."""
    by_budget = apart.groupby(["repetition", "budget"]).mean().unstack("budget")
    return [_cell(values, "+") for values in [*(by_budget[budget] for budget in by_budget), by_budget.mean(axis=1)]]


def _cell(values: pd.Series, sign: str = "") -> str:
    mean, low, high = interval(values.tolist())
    return f"{mean:{sign}.2f} [{low:{sign}.2f}, {high:{sign}.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--budgets", type=int, nargs="+", default=[5, 10, 20, 40], help="full runs' worth of epochs")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 8, 32])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    parser.add_argument("--curves", type=Path, default=ROOT / "benchmarks" / "curves")
    parser.add_argument("--equal-epochs", action="store_true", help="let every epoch take as long, not as it did take")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--csv", type=Path, help="write every repetition's regrets here")
    parser.add_argument("--read", type=Path, help="print the tables of such a file, and replay nothing")
    given = parser.parse_args()
    found = pd.read_csv(given.read) if given.read else measure(given)
    if given.csv:
        found.to_csv(given.csv, index=False)
    show(found)


if __name__ == "__main__":
    main()
