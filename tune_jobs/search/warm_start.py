"""What earlier sweeps know of a new one: their best configurations are tried first, and their trials are told to the
sampler where they are the same question. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.analysis.formatting import number
from reports.records.errors import SweepError
from reports.records.record import FINAL_REASONS
from reports.records.spec import DataSummary, KnownTrial, SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.constraints import failing
from search_spaces.schema import SearchSpace
from tune_jobs.search.same_question import values_in

_LONGEST = 31  # characters of the name of a configuration


@dataclass(frozen=True)
class WarmStart:
    """What a sweep begins with."""

    space: SearchSpace  # with the best configurations of the earlier sweeps among the named ones
    known: tuple[KnownTrial, ...]  # for the sampler
    lines: list[str]  # says what agrees, and what does not


def refuse_unfit(space: SearchSpace, earlier: Sequence[tuple[SweepSpec, SweepState]]) -> None:
    """
    Raises:
        SweepError: an earlier sweep is of another task, or has no result.
    """
    for spec, state in earlier:
        if spec.space.task != space.task:
            raise SweepError(f"--warm-start {spec.name}: is a {spec.space.task}, and this one a {space.task}")
        if not _ranked(spec, state, space):
            raise SweepError(f"--warm-start {spec.name}: no trial of it has a result")


def warm_start(space: SearchSpace, data: DataSummary, earlier: Sequence[tuple[SweepSpec, SweepState]]) -> WarmStart:
    """Learn from earlier sweeps, none of which is unfit.

    Values compare only where images, image size and objective are equal, and a trial is told only where this space
    holds its very configuration, the length of its run included. Of other sweeps, the best configuration is tried, as
    far as this space has its knobs and values.
    """
    named, known, lines = dict(space.named), list[KnownTrial](), list[str]()
    for spec, state in earlier:
        best = _ranked(spec, state, space)[0]
        values, others = _adapted(space, best)
        name = _name_for(spec.name, named)
        named[name] = values
        is_new = name in space.model_copy(update={"named": named}).first_trials()
        place = "tried right behind the default" if is_new else "one of those that come first anyway"
        lines.append(f"From {spec.name}: its best, trial {best.trial}, is {place}{others}.")
        told, why = _told(space, data, spec, state)
        known += told
        lines.append(f"From {spec.name}: {why}.")
    return WarmStart(space.model_copy(update={"named": named}), tuple(known), lines)


def _ranked(spec: SweepSpec, state: SweepState, space: SearchSpace) -> list[TrialState]:
    """By this sweep's objective where the earlier one measured it, else by its own."""
    ours, theirs = space.objective, spec.space.objective
    return state.ranked(ours.metric, ours.mode) or state.ranked(theirs.metric, theirs.mode)


def _adapted(space: SearchSpace, best: TrialState) -> tuple[dict[str, Any], str]:
    """Its values that this space can have, and which of its values this space cannot have, in words."""
    values, others = {}, []
    for knob, parameter in space.search.items():
        if knob in best.config and parameter.contains(best.config[knob]):
            values[knob] = best.config[knob]
        elif knob in best.config:
            others.append(f"{knob} {_in_a_word(best.config[knob])}")
    others += [
        f"{knob} {_in_a_word(best.config[knob])}"
        for knob, value in space.fixed.items()
        if knob in best.config and best.config[knob] != value
    ]
    return values, f", without what this space does not hold: {', '.join(others)}" if others else ""


def _in_a_word(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _told(space: SearchSpace, data: DataSummary, spec: SweepSpec, state: SweepState) -> tuple[list[KnownTrial], str]:
    """The trials that are the same question in this space, and why not the others, in words."""
    if spec.space.objectives != space.objectives:
        return [], f"its trials are not told to the sampler, since its objective is {spec.space.objective.metric}"
    if (spec.data.fingerprint, spec.data.image_size) != (data.fingerprint, data.image_size):
        return [], "its trials are not told to the sampler, since they are of other images, or of another size"
    of_the_search = [trial for trial in state.trials.values() if trial.continues is None]
    ended = [trial for trial in of_the_search if trial.reason in FINAL_REASONS - {"failed"}]
    told = [known for trial in ended if (known := _known(space, spec.name, trial))]
    rest = len(ended) - len(told)
    outside = f"; {rest} others lie outside this space, or were given other epochs" if rest else ""
    return told, f"{len(told)} of its trials are told to the sampler, and not tried again{outside}"


def _known(space: SearchSpace, sweep: str, trial: TrialState) -> KnownTrial | None:
    """None where this space does not hold the configuration."""
    values = values_in(space, trial.config)
    measured = trial.measured(space.objective.metric, space.objective.mode)
    fails = failing(space.limits, measured) if measured else {}
    if trial.reason is None or values is None or (trial.reason == "infeasible" and not fails):
        return None
    points = trial.points([objective.metric for objective in space.objectives])
    return KnownTrial(of=f"{sweep}/{trial.trial}", values=values, reason=trial.reason, epochs=points, fails=fails)


def _name_for(sweep: str, taken: dict[str, Any]) -> str:
    """What its best configuration is called: letters, digits and dashes, as names in a space file."""
    plain = re.sub(r"[^a-z0-9_-]", "-", sweep.lower())
    name, place = f"best of {plain}"[:_LONGEST], 2
    while name in taken:
        name, place = f"best of {plain}"[: _LONGEST - 3] + f"-{place}", place + 1
    return name
