"""How far a result can be trusted: repeats with other seeds, and the trials that cannot be told from the best."""

from __future__ import annotations

import itertools
import json
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reports.analysis.multiple_comparisons import Spread, least_difference, pooled_spread
from reports.analysis.significance import half_width
from reports.records.errors import RecordError, SweepError
from reports.records.folder import SweepFolder, list_sweeps
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective

_MIN_STEPS = 6  # fewer steps do not tell by how much curves jump


@dataclass(frozen=True)
class Repeats:
    """The best configuration, trained again with other seeds."""

    values: list[float]
    where: list[str]  # sweeps that hold them

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def half_width(self) -> float:
        """Of Student's 95 % interval of the mean."""
        return half_width(self.values)


@dataclass(frozen=True)
class Rivals:
    """Trials that lie within the noise of the best."""

    trials: list[TrialState]  # the best is not among them
    spread: float  # standard deviation of one run's result
    within: float  # how far from the best still counts
    known_from: Literal["repeats", "curves"]


def ablations_of(folder: SweepFolder) -> list[SweepFolder]:
    """The sweeps beside this one that took its best configuration apart."""
    return [other for other, spec in _about(folder) if spec.confirmation is None]


def confirmations_of(folder: SweepFolder) -> list[SweepFolder]:
    """The sweeps beside this one that confirm it."""
    return [other for other, spec in _about(folder) if spec.confirmation is not None]


def _about(folder: SweepFolder) -> Iterator[tuple[SweepFolder, SweepSpec]]:
    for other in list_sweeps(folder.path.parent):
        try:
            spec = other.spec()
        except SweepError:  # it is gone, or its own page says what is wrong with it
            continue
        if spec.about == folder.name:
            yield other, spec


def repeated_values(
    folder: SweepFolder, objective: Objective, state: SweepState, beside: Sequence[SweepFolder] | None = None
) -> dict[str, Repeats]:
    """Results of every configuration that ran again with more than one seed, by the configuration without its seed.

    The sweep's own runs are left out: the one by which a configuration was found the best is a lucky one.

    Args:
        folder: of the sweep.
        objective: what is compared.
        state: what the sweep's own record says.
        beside: the sweeps that repeat its configurations; without it, all of them.
    """
    found: dict[str, Repeats] = {}
    seen = {json.dumps(trial.config, sort_keys=True) for trial in state.finished}  # an equal seed, an equal run
    for sweep in [other for other, _ in _about(folder)] if beside is None else beside:
        try:
            trials = sweep.state().finished
        except RecordError:
            continue
        for trial in trials:
            best = trial.best(objective.metric, objective.mode)
            run = json.dumps(trial.config, sort_keys=True)
            if best is not None and trial.reason != "pruned" and run not in seen:
                seen.add(run)
                of_one = found.setdefault(without_seed(trial.config), Repeats([], []))
                of_one.values.append(best[1])
                of_one.where.extend([] if sweep.name in of_one.where else [sweep.name])
    return {config: repeats for config, repeats in found.items() if len(repeats.values) > 1}


def without_seed(config: dict[str, Any]) -> str:
    """A configuration as a key that its repeats share."""
    return json.dumps({knob: value for knob, value in config.items() if knob != "seed"}, sort_keys=True)


def rivals(state: SweepState, objective: Objective, repeated: dict[str, Repeats]) -> Rivals | None:
    """The trials that cannot be told from the best, or None where nothing says how much a result varies.

    So many trials are compared with the best at once that the truly best of them is left out in 5 % of cases at most
    (multiple comparisons with the best), if the spread is the true one. The spread of one run is pooled over all
    repeated configurations. Where nothing was repeated, it is the jump of the learning curves from one epoch to the
    next in their later half, their trend taken out; another seed changes up to four times as much (in
    benchmarks/curves), so the set is then too small.
    """
    ranked = state.ranked(objective.metric, objective.mode)
    found = pooled_spread([repeats.values for repeats in repeated.values()])
    known_from: Literal["repeats", "curves"] = "repeats" if found else "curves"
    spread = found or _spread_of_curves(ranked, objective)
    if spread is None or len(ranked) < 2:
        return None
    values = {trial.trial: best[1] for trial in ranked if (best := trial.best(objective.metric, objective.mode))}
    top, within = values[ranked[0].trial], least_difference(len(ranked) - 1, spread)
    near = [trial for trial in ranked[1:] if abs(values[trial.trial] - top) <= within]
    return Rivals(near, spread.value, within, known_from)


def _spread_of_curves(ranked: list[TrialState], objective: Objective) -> Spread | None:
    curves = [steps for trial in ranked[:10] if (steps := _late_steps(trial, objective))]
    steps = list(itertools.chain.from_iterable(curves))
    if len(steps) < _MIN_STEPS:
        return None
    return Spread(statistics.stdev(steps) / math.sqrt(2), len(steps) - len(curves))


def _late_steps(trial: TrialState, objective: Objective) -> list[float]:
    """Changes from epoch to epoch in the later half of a curve, without their mean."""
    values = list(trial.values(objective.metric).values())
    late = values[len(values) // 2 :]
    steps = [after - before for before, after in itertools.pairwise(late)]
    return [step - statistics.fmean(steps) for step in steps] if len(steps) > 1 else []
