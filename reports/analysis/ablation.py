"""The table of an ablation: each variant's mean over its seeds, and what its knob is worth, in plain words."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from reports.analysis.distributions import student_quantile
from reports.analysis.formatting import short
from reports.analysis.significance import Difference, compare, half_width
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.schema import Objective

_ENOUGH = 5  # repeats from which on an interval is about as wide as the values are spread
_DEFAULT = "default"  # the label of the default configuration
_WORDS = {"better": "helps", "worse": "hurts", "cannot tell": "cannot tell"}


@dataclass(frozen=True)
class AblationRow:
    """One variant."""

    label: str
    change: str  # says to people what it changes
    repeats: int
    mean: float | None
    half_width: float | None  # half of the 95 % interval of the mean
    worth: Difference | None  # what the setting is worth; None for the first row, and where repeats are missing
    verdict: str  # helps, hurts, cannot tell, or nothing for the first row


def ablation_table(state: SweepState, spec: SweepSpec) -> list[AblationRow]:
    """A row a variant in the order of the plan.

    One knob at a time, a setting's worth is the best configuration less the one with that knob back at its default;
    that of all settings together is the best less the default. In a ladder it is a rung less the rung below.
    """
    objective = spec.space.objective
    values = _values(state, spec, objective)
    labels = list(values)
    ladder = spec.is_ladder
    rows = []
    for place, label in enumerate(labels):
        difference = None
        if place:
            other = labels[place - 1] if ladder else labels[0]
            ours, theirs = (values[label], values[other]) if ladder else (values[other], values[label])
            seeds = sorted(ours.keys() & theirs.keys())
            if seeds:
                difference = compare([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds], objective.mode)
        found = list(values[label].values())
        rows.append(
            AblationRow(
                label=label,
                change=_change(label, spec, ladder=ladder),
                repeats=len(found),
                mean=statistics.fmean(found) if found else None,
                half_width=half_width(found) if len(found) > 1 else None,
                worth=difference,
                verdict=_WORDS[difference.verdict] if difference else "",
            )
        )
    return rows


def why_wide(rows: list[AblationRow]) -> str | None:
    """Why intervals are wide where there are few repeats; None where there are enough, or nothing is compared."""
    worths = [row.worth for row in rows if row.worth is not None]
    return few_seeds(min((worth.repeats for worth in worths), default=_ENOUGH))


def few_seeds(seeds: int) -> str | None:
    """What so few repeats do to the intervals, and how many would do; None where there are enough."""
    if seeds >= _ENOUGH:
        return None
    if seeds == 1:
        return f"A single seed gives no interval: one run cannot tell. tune ablate --seeds {_ENOUGH} would tell more."
    return (
        f"Intervals are wide with {seeds} seeds: they reach {_times_the_spread(seeds):.1f} standard "
        f"deviations of a single difference to each side, with {_ENOUGH} seeds {_times_the_spread(_ENOUGH):.1f}. "
        f"tune ablate --seeds {_ENOUGH} would tell more."
    )


def _times_the_spread(repeats: int) -> float:
    """Half of Student's 95 % interval, in standard deviations of one value."""
    return student_quantile(0.975, repeats - 1) / math.sqrt(repeats)


def _values(state: SweepState, spec: SweepSpec, objective: Objective) -> dict[str, dict[int, float]]:
    """The best value of each variant, by seed; a repeat without a value is left out."""
    values: dict[str, dict[int, float]] = {}
    for number, planned in enumerate(spec.plan or ()):
        of_label = values.setdefault(planned.label, {})
        trial = state.trials.get(f"{number:04d}")
        best = trial.best(objective.metric, objective.mode) if trial else None
        if best is not None:
            of_label[planned.config["seed"]] = best[1]
    return values


def _change(label: str, spec: SweepSpec, *, ladder: bool) -> str:
    configs = {planned.label: planned.config for planned in spec.plan or ()}
    first = next(iter(configs.values()))
    knob = label.removeprefix("+ ")
    if label == _DEFAULT:
        return "the default configuration" if ladder else "all back to the default configuration"
    if knob not in first:
        return "the best configuration"
    word = "to" if ladder else "back to"
    return f"{knob} {word} {short(configs[label][knob], digits=3)}" + (
        "" if ladder else f" (from {short(first[knob], digits=3)})"
    )
