"""What a resume changes of a sweep's question: more trials, another space, wider ranges, more epochs for the best.
Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.records.errors import SweepError
from reports.records.record import SpaceChanged
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.search.changed_space import NewSpace, change_space
from tune_jobs.search.longer_trials import longer_trials
from tune_jobs.search.wider_space import wider_space

_MORE = 0.5  # of the trials so far, where the space becomes another one and nobody says how many


@dataclass(frozen=True)
class Extension:
    """A sweep's question as it is from a resume on."""

    spec: SweepSpec
    trials: int  # all together
    changes: list[str | SpaceChanged]  # what was changed and why; empty where `sweep.json` stays as it is


def extend(
    spec: SweepSpec,
    state: SweepState,
    *,
    trials: int | None = None,
    space: NewSpace | None = None,
    widen: Sequence[str] = (),
    epochs: int | None = None,
    best: int = 1,
) -> Extension:
    """The sweep with what a person asks for now (driver.resume).

    Raises:
        SweepError: a range cannot be made wider, nothing can be trained longer, or both are asked of another space.
    """
    wanted = state.trials_requested or spec.space.budget.trials
    if trials is not None:
        wanted = trials + len(spec.longer)
    changes: list[str | SpaceChanged] = []
    if space is not None:
        if widen or epochs is not None:
            raise SweepError(f"--space: with {'--widen' if widen else '--epochs'} it asks two things; do one first")
        spec, changed = change_space(spec, state, space)
        changes += [changed] if changed else []
    elif widen:
        wider, lines = wider_space(spec, state, widen)
        spec = spec.model_copy(update={"space": wider})
        changes += lines
    if changes and trials is None:
        more = max(1, math.ceil(_MORE * len(state.searched)))
        wanted += more
        changes.append(f"{more} more trials, half as many again, search it; --trials decides otherwise")
    if epochs is not None:
        longer = longer_trials(spec, state, epochs, best)
        spec = spec.model_copy(update={"longer": (*spec.longer, *longer)})
        names = ", ".join(one.of for one in longer)
        changes.append(f"Trained for {epochs} epochs, each as a further trial: the configurations of {names}")
        wanted += len(longer)
    return Extension(spec, wanted, changes)
