"""Do the 95 % intervals of a report hold the truth in 95 % of sweeps? Over the made-up curves of truth.py.

    python benchmarks/truth_intervals.py [--sweeps 200] [--trials 24 100] [--samplers random tpe] [--seeds 5]

Each sweep runs through the real scheduler; then its best configuration is taken apart with fresh seeds, as `tune
ablate` does. Counted is how often an interval holds what its world would give on average over endless seeds: of a knob
the contrast between its best and its worst level, among the trials and at the epoch that the report compares; of the
best configuration its mean (repeats); of a setting its worth over the default (significance.compare); of a knob its
share of the importance, on average over the sweeps of a row.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.replay.ours import spec_of  # noqa: E402
from benchmarks.truth import BETWEEN_SEEDS, EPOCHS, SEED_SPREAD, SPACE, WORLDS, World, height, run  # noqa: E402
from reports.analysis.ablation import ablation_table  # noqa: E402
from reports.analysis.compared import common_epoch, knob_table, not_visible  # noqa: E402
from reports.analysis.importance import Share, importance  # noqa: E402
from reports.analysis.knob_effects import KnobEffect, knob_effects  # noqa: E402
from reports.analysis.repeats import repeated_values, without_seed  # noqa: E402
from reports.analysis.summary import search_worth  # noqa: E402
from reports.records.errors import SweepError  # noqa: E402
from reports.records.folder import SweepFolder  # noqa: E402
from reports.records.spec import SweepSpec  # noqa: E402
from tune_jobs.search.ablation_trials import ablation_trials  # noqa: E402

RUNS = 2000  # give the average of a configuration to a hundredth of a spread
NEUTRAL = {"lr": 4e-3, "scheduler": "none", "augmentation": "none"}
KINDS = {
    "effect": "effect of a knob",
    "hint": "of these, hints",
    "share": "importance",
    "repeats": "mean of repeats",
    "worth": "worth of a setting",
}
Shares = dict[str, Share]  # by knob


def intervals(world: World, sampler: str, trials: int, seed: int, repeats: int, shares: list[Shares]) -> Iterator[str]:
    """What the report of one sweep states with an interval: `KIND`, and `KIND held` where that holds the truth. Its
    shares are added to the others'."""
    rng = np.random.default_rng([seed, trials])
    spec = spec_of(SPACE, {"trials": trials, "sampler": sampler}, seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = kept(Path(scratch) / "searched", spec)
        run(world, spec, folder, trials, rng)
        state, spec = folder.state(), folder.spec()
        hidden = not_visible(spec, common_epoch(state, spec))
        shares.append(importance(knob_table(state, spec), spec, hidden))
        for effect, true in contrasts(world, folder):
            yield from counted("effect", effect.low <= true <= effect.high)
            if effect.hinted:
                yield from counted("hint", effect.low <= true <= effect.high)
        yield from of_ablation(world, folder, repeats, rng)


def contrasts(world: World, folder: SweepFolder) -> Iterator[tuple[KnobEffect, float]]:
    """Each knob that has an interval, with its true contrast."""
    spec, state = folder.spec(), folder.state()
    epoch, table = common_epoch(state, spec), knob_table(state, spec)
    for effect in knob_effects(table, spec, not_visible(spec, epoch)):
        if effect.best and effect.worst:
            ends = [settings_of(table[effect.knob], level.label) for level in (effect.best, effect.worst)]
            best, worst = (np.mean([average(world, {effect.knob: one}, epoch) for one in end]) for end in ends)
            yield effect, float(best - worst)


def of_ablation(world: World, folder: SweepFolder, repeats: int, rng: np.random.Generator) -> Iterator[str]:
    """The best configuration, repeated and taken apart."""
    spec = folder.spec()
    try:
        plan = ablation_trials(folder, spec, seeds=repeats, ladder=False)
    except SweepError:  # the default won
        return
    budget = spec.space.budget.model_copy(update={"trials": 1, "reduction_factor": None})
    apart = {"space": spec.space.model_copy(update={"budget": budget}), "plan": tuple(plan)}
    of_it = spec.model_copy(update={**apart, "name": "apart", "ablation_of": folder.name})
    ablation = kept(folder.path.parent / "apart", of_it)
    run(world, of_it, ablation, len(plan), rng)
    worth = search_worth(folder.state(), spec.space.objective)
    assert worth is not None
    of_best = repeated_values(folder, spec.space.objective, folder.state())[without_seed(worth.best.config)]
    yield from counted("repeats", abs(of_best.mean - average(world, worth.best.config)) <= of_best.half_width)
    configs = {planned.label: planned.config for planned in plan}
    for row in ablation_table(ablation.state(), of_it):
        if row.worth is not None:
            true = average(world, worth.best.config) - average(world, configs[row.label])
            yield from counted("worth", row.worth.low <= true <= row.worth.high)


def of_shares(shares: list[Shares]) -> Iterator[str]:
    """Every share against the average of its knob."""
    for knob in SPACE.search:
        of_knob = [of_sweep[knob] for of_sweep in shares if knob in of_sweep]
        for share in of_knob:
            yield from counted("share", share.low <= np.mean([one.share for one in of_knob]) <= share.high)


def counted(kind: str, held: bool) -> Iterator[str]:
    yield kind
    if held:
        yield f"{kind} held"


def kept(path: Path, spec: SweepSpec) -> SweepFolder:
    """A folder with its sweep.json alone."""
    path.mkdir()
    folder = SweepFolder(path)
    folder.spec_path.write_text(spec.model_copy(update={"name": path.name}).model_dump_json())
    return folder


def settings_of(values: pd.Series, label: str) -> list[Any]:
    """The settings of the trials at one level (knob_effects.Level)."""
    words = values.map(str)
    if (words == label).any():
        return values[words == label].tolist()
    low, high = (float(end) for end in label.split(" to "))
    shown = values.map(lambda value: float(f"{value:.3g}"))
    return values[(shown >= low) & (shown <= high)].tolist()


def average(world: World, settings: dict[str, Any], until: int = EPOCHS) -> float:
    """The best value until an epoch, over endless seeds: of a whole configuration, or of one knob, the others being
    neutral."""
    config = {**NEUTRAL, **settings}
    curve = [height(epoch) + world.worth(config, epoch) for epoch in range(1, until + 1)]
    return float((np.array(curve) + _noise()[:, :until]).max(axis=1).mean())


@cache
def _noise() -> NDArray[np.float64]:
    """The same for all configurations, so that their differences are known far better than their averages."""
    jumps = np.random.default_rng(0).normal(0, SEED_SPREAD * math.sqrt(1 - BETWEEN_SEEDS), (RUNS, EPOCHS))
    return jumps - jumps.mean(axis=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=200)
    parser.add_argument("--trials", type=int, nargs="+", default=[24, 100])
    parser.add_argument("--samplers", nargs="+", default=["random", "tpe"])
    parser.add_argument(
        "--worlds", type=int, nargs="+", default=[*range(len(WORLDS))], help="by their place in truth.py"
    )
    parser.add_argument("--seeds", type=int, default=5, help="repeats of each variant of the best configuration")
    given = parser.parse_args()
    table = Table("world", "sampler", "trials", *KINDS.values())
    for world, sampler, trials in itertools.product(
        [WORLDS[place] for place in given.worlds], given.samplers, given.trials
    ):
        found: Counter[str] = Counter()
        shares: list[Shares] = []
        for seed in track(range(given.sweeps), f"{world.name}, {sampler}, {trials}", transient=True):
            found.update(intervals(world, sampler, trials, seed, given.seeds, shares))
        found.update(of_shares(shares))
        shares = [
            f"{found[f'{kind} held'] / found[kind]:.1%} of {found[kind]}" if found[kind] else "" for kind in KINDS
        ]
        table.add_row(world.name, sampler, str(trials), *shares)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
