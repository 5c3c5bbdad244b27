"""A sweep that goes on over another search space: what must be the same, and which of its trials count on. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reports.analysis.formatting import short
from reports.records.errors import SweepError
from reports.records.record import SpaceChanged
from reports.records.spec import KnownTrial, SweepSpec
from reports.records.state import SweepState
from search_spaces.schema import SearchSpace
from tune_jobs.search.same_question import values_in

_CHANGEABLE = ("name", "description", "fixed", "search", "named", "constraints")  # what of a new file counts


@dataclass(frozen=True)
class NewSpace:
    """A search space that a sweep is to go on with."""

    source: str  # as a person gave it: a packaged name, or a path
    space: SearchSpace


def refuse_other_question(spec: SweepSpec, new: NewSpace, *, moved: bool = False) -> None:
    """Results compare only where task, network, objective and images are the same.

    Args:
        spec: the sweep.
        new: what it is to go on with; of its images only what the file itself says is looked at.
        moved: whether a person says by `--data` where the images are.

    Raises:
        SweepError: something else is asked there.
    """
    if not spec.is_search:
        raise SweepError(f"--space: {spec.name} searched for nothing; resume {spec.about} with it")
    for key, theirs, ours in _told_apart(spec.space, new.space, moved=moved):
        if theirs != ours:
            raise SweepError(
                f"{new.source}: {key}: {_in_a_word(theirs)}, and {spec.name} has {_in_a_word(ours)}, with which its "
                f"results would not compare; launch a sweep of its own: tune launch {new.source} --warm-start "
                f"{spec.name}"
            )


def _told_apart(space: SearchSpace, new: SearchSpace, *, moved: bool) -> Iterator[tuple[str, Any, Any]]:
    yield "task", new.task, space.task
    yield "model", new.model, space.model
    for place, objective in enumerate(new.objectives):
        own = space.objectives[place] if place < len(space.objectives) else None
        yield "objective", (objective.metric, objective.mode), (own.metric, own.mode) if own else None
    yield "objective", len(new.objectives), len(space.objectives)
    for key in sorted(new.data.model_fields_set):
        theirs, ours = getattr(new.data, key), getattr(space.data, key)
        of_the_source = key == "path" and moved
        of_no_folder = key in ("name", "seed", "images") and not space.data.is_generated and new.data.is_generated
        if key == "path":
            theirs, ours = (one and one.resolve() for one in (theirs, ours))
        if not (of_the_source or of_no_folder or theirs == "auto"):
            yield f"data.{key}", theirs, ours


def _in_a_word(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else "none" if value is None else str(value)


def change_space(spec: SweepSpec, state: SweepState, new: NewSpace) -> tuple[SweepSpec, SpaceChanged | None]:
    """The sweep over another space, and what its record says of that; as it is where the space is the same.

    Its images, budget and resources stay. A trial whose values lie in the new space stays a full member, one outside
    does not, nor does one that trains such a one for longer.
    """
    old = spec.space
    space = old.model_copy(update={key: getattr(new.space, key) for key in _CHANGEABLE})
    differences = tuple(_differences(old, space))
    if not differences:
        return spec, None
    inside = {name for name, trial in state.trials.items() if values_in(space, trial.config) is not None}
    outside = [name for name, trial in state.trials.items() if (trial.continues or name) not in inside]
    event = SpaceChanged(
        before=old.as_written(),
        space=space.as_written(),
        differences=differences,
        trials=len(state.trials),
        outside=tuple(outside),
    )
    known = tuple(one for trial in spec.known if (one := _known_in(space, old, trial)))
    return spec.model_copy(update={"space": space, "source": new.source, "known": known}), event


def _known_in(space: SearchSpace, old: SearchSpace, trial: KnownTrial) -> KnownTrial | None:
    """What an earlier sweep told, where the new space holds it."""
    values = values_in(space, old.trial_config(trial.values, seed=0).model_dump(mode="json"))
    fails = {text: by for text, by in trial.fails.items() if text in space.constraints}
    return None if values is None else trial.model_copy(update={"values": values, "fails": fails})


def _differences(old: SearchSpace, new: SearchSpace) -> Iterator[str]:
    for knob in dict.fromkeys([*new.search, *new.fixed, *old.search, *old.fixed]):
        now, before = _said(new, knob), _said(old, knob)
        if now != before:
            yield f"{knob} {now}, was {before}"
    if new.constraints != old.constraints:
        now, before = (" and ".join(space.constraints) or "none" for space in (new, old))
        yield f"constraints {now}, was {before}"
    first, tried = new.first_trials(), old.first_trials().values()
    if named := [name for name, values in first.items() if values not in tried]:
        yield f"begins with {', '.join(named)}"


def _said(space: SearchSpace, knob: str) -> str:
    if knob in space.fixed:
        return f"fixed at {short(space.fixed[knob])}"
    if knob not in space.search:
        return "not in it"
    parameter = space.search[knob]
    when = " and ".join(f"{other} is {short(value)}" for other, value in parameter.when.items())
    return parameter.in_words() + (f" where {when}" if when else "")
