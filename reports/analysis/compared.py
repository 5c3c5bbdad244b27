"""Which trials can be compared for what their knobs did, at which epoch, and which knobs cannot have acted by then."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from reports.analysis.summary import best_until
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget
from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import SearchSpace

NULL = "null"  # pandas takes None for a missing value
SPARE = 8  # trials beyond the numbers that a model of all knobs has to find, so that its errors are known
COPIES = "augmentation_copies"  # more of them are more training an epoch, and so look good before the end
_LATE = frozenset(  # what these change shows at the end of a run alone
    {"scheduler", "step_size", "gamma", "milestones", "peak_share", "final_share", "weight_average", COPIES}
)
_REGULARIZERS = frozenset(  # they cost at first, and pay once a network has learnt what is common to its images
    {"augmentation", "augmentation_strength", "mixing", "dropout", "label_smoothing", "weight_decay"}
)
_EARLY = 3  # of a run, before one in so many parts of it is over


def common_epoch(state: SweepState, spec: SweepSpec) -> int:
    """The epoch at which trials are compared: the latest rung, or the last epoch, that enough of them reached for a
    model of all knobs at once; the first rung where none was."""
    *early, last = _stages(spec.space.budget)
    for epoch in (last, *reversed(early)):
        if len(_values(state, spec, epoch)) >= numbers(spec.space) + SPARE:
            return epoch
    return early[0] if early else last


def first_rung(state: SweepState, spec: SweepSpec) -> int | None:
    """The epoch at which all values of a knob can still be compared, where those that did badly came no further; None
    where that is the common epoch, or where trials are not cut."""
    early = _stages(spec.space.budget)[0]
    return early if early < common_epoch(state, spec) else None


def knob_table(state: SweepState, spec: SweepSpec, epoch: int | None = None) -> pd.DataFrame:
    """One row a trial that counts at an epoch, without one at the common epoch: trial, value (its best until then), and
    each searched knob, missing where it is not in effect; a choice of null is the word for it. A trial that diverged on
    the way from the rung before counts as the worst of the others, one that had stopped early with its best."""
    rows = []
    for trial, value in _values(state, spec, epoch or common_epoch(state, spec)).items():
        settings = spec.space.in_effect(state.trials[trial].config)
        words = {knob: NULL if setting is None else setting for knob, setting in settings.items()}
        rows.append({"trial": trial, "value": value, **words})
    return pd.DataFrame(rows, columns=["trial", "value", *spec.space.search])


def not_visible(spec: SweepSpec, epoch: int) -> list[str]:
    """The searched knobs that cannot have acted by an epoch: schedules and averages act until the last one, and in the
    first third of a run a regularizer looks worse than it is."""
    epochs = spec.space.budget.max_epochs
    late = _LATE if epoch < epochs else frozenset()
    early = _REGULARIZERS if _EARLY * epoch < epochs else frozenset()
    return [knob for knob in spec.space.search if knob in late | early]


def numbers(space: SearchSpace) -> int:
    """How many numbers the simplest model of all knobs has to find: a mean, a slope for each knob whose values have an
    order, and one less than its levels for each other."""
    return 1 + sum(1 if is_ordered(kind) else len(kind.ends()) - 1 for kind in space.search.values())


def is_ordered(parameter: Parameter) -> bool:
    """Whether the values of a knob have an order: a range, or a list of numbers."""
    return not isinstance(parameter, Choice) or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in parameter.choice
    )


def _stages(budget: Budget) -> list[int]:
    """The rungs, and the last epoch."""
    return [*budget.rungs(), budget.max_epochs]


def _values(state: SweepState, spec: SweepSpec, epoch: int) -> dict[str, float]:
    """The value of each trial that counts at an epoch, by trial."""
    objective = spec.space.objective
    before = max((stage for stage in _stages(spec.space.budget) if stage < epoch), default=0)
    found = {
        trial.trial: best
        for trial in state.searched.values()
        if not state.failing(trial, objective.metric, objective.mode)
        and _counts(trial, epoch)
        and (best := best_until(trial, objective, epoch)) is not None
    }
    if found:
        worst = min(found.values()) if objective.mode == "max" else max(found.values())
        found.update(dict.fromkeys(_diverged(state, before, epoch), worst))
    return {trial: found[trial] for trial in state.trials if trial in found}


def _counts(trial: TrialState, epoch: int) -> bool:
    reached = max(trial.epochs, default=0)
    return trial.reason != "diverged" and (reached >= epoch or (reached > 0 and trial.reason == "stopped_early"))


def _diverged(state: SweepState, before: int, epoch: int) -> Iterator[str]:
    """Those that diverged between two epochs."""
    for trial in state.searched.values():
        if trial.reason == "diverged" and before <= max(trial.epochs, default=0) < epoch:
            yield trial.trial
