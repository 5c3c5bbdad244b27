"""How far a result can be trusted: repeats with other seeds, and the trials that cannot be told from the best."""

from __future__ import annotations

import itertools
import json
import math
import statistics
from dataclasses import dataclass
from typing import Any, Literal

from reports.analysis.significance import half_width
from reports.records.errors import DamagedError, RecordError
from reports.records.folder import SweepFolder, list_sweeps
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective

_MIN_STEPS = 6  # fewer steps do not tell by how much curves jump
_CONFIDENCE = 1.96 * math.sqrt(2)  # two runs of equal spread differ by less in 95 % of cases


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
    return [other for other in list_sweeps(folder.path.parent) if _parent_of(other) == folder.name]


def _parent_of(folder: SweepFolder) -> str | None:
    try:
        return folder.spec().ablation_of
    except DamagedError:  # its own page says so
        return None


def repeated_values(folder: SweepFolder, objective: Objective) -> dict[str, Repeats]:
    """Results of every configuration that ran with more than one seed, by the configuration without its seed."""
    found: dict[str, Repeats] = {}
    seen: set[str] = set()  # the same configuration with the same seed is the same run
    for sweep in [folder, *ablations_of(folder)]:
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

    The spread of one run is pooled over all repeated configurations. Where nothing was repeated, it is the jump of the
    learning curves from one epoch to the next in their later half, their trend taken out; another seed usually changes
    more than that, so the set is then rather too small than too large.
    """
    ranked = state.ranked(objective.metric, objective.mode)
    spread, known_from = _spread(ranked, objective, repeated)
    if spread is None or len(ranked) < 2:
        return None
    values = {trial.trial: best[1] for trial in ranked if (best := trial.best(objective.metric, objective.mode))}
    top, within = values[ranked[0].trial], _CONFIDENCE * spread
    near = [trial for trial in ranked[1:] if abs(values[trial.trial] - top) <= within]
    return Rivals(near, spread, within, known_from)


def _spread(
    ranked: list[TrialState], objective: Objective, repeated: dict[str, Repeats]
) -> tuple[float | None, Literal["repeats", "curves"]]:
    groups = [repeats.values for repeats in repeated.values()]
    freedom = sum(len(values) - 1 for values in groups)
    if freedom:
        return math.sqrt(sum((len(v) - 1) * statistics.variance(v) for v in groups) / freedom), "repeats"
    steps = list(itertools.chain.from_iterable(_late_steps(trial, objective) for trial in ranked[:10]))
    if len(steps) < _MIN_STEPS:
        return None, "curves"
    return statistics.stdev(steps) / math.sqrt(2), "curves"


def _late_steps(trial: TrialState, objective: Objective) -> list[float]:
    """Changes from epoch to epoch in the later half of a curve, without their mean."""
    values = list(trial.values(objective.metric).values())
    late = values[len(values) // 2 :]
    steps = [after - before for before, after in itertools.pairwise(late)]
    return [step - statistics.fmean(steps) for step in steps] if len(steps) > 1 else []
