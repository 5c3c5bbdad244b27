"""The search space of a sweep with a range moved out where its best value lies at an end. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reports.analysis.summary import Worth, search_worth
from reports.records.errors import SweepError
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.nearest import nearest
from search_spaces.parameters import Choice
from search_spaces.schema import SearchSpace
from search_spaces.widening import end_of, widened


def wider_space(spec: SweepSpec, state: SweepState, knobs: Sequence[str]) -> tuple[SearchSpace, list[str]]:
    """The space with the ranges of these knobs wider at the end that the best value lies at, and a line for each that
    says what it was and why it was changed.

    Raises:
        SweepError: a knob is no range of the sweep, its best value lies at no end, or nothing lies beyond.
    """
    space, lines = spec.space, []
    if not spec.is_search:
        raise SweepError(f"--widen: {spec.name} searched for nothing; resume {spec.about} with it")
    worth = search_worth(state, space.objective)
    if worth is None:
        raise SweepError(f"--widen: {spec.name} has no result yet, so that no value of it is the best")
    for knob in dict.fromkeys(knobs):
        space, line = _wider(spec, space, knob, worth)
        lines.append(line)
    return space, lines


def _wider(spec: SweepSpec, space: SearchSpace, knob: str, worth: Worth) -> tuple[SearchSpace, str]:
    if knob not in space.search:
        raise SweepError(
            f"--widen {knob}: {spec.name} does not search it." + nearest(knob, list(space.search), "knobs")
        )
    parameter = space.search[knob]
    if isinstance(parameter, Choice):
        raise SweepError(
            f"--widen {knob}: is a choice ({parameter.in_words()}), which has no end to widen; launch a new sweep with "
            f"--set 'search.{knob}.choice=[...]'"
        )
    value = space.in_effect(worth.best.config).get(knob)
    if value is None:
        raise SweepError(f"--widen {knob}: is not in effect in the best trial ({worth.best.trial})")
    end = end_of(parameter, value)
    if end is None:
        raise SweepError(f"--widen {knob}: the best value, {value:.3g}, lies at no end of {parameter.in_words()}")
    wider = widened(space, knob, end, worth.best.config)
    if wider is None:
        raise SweepError(f"--widen {knob}: no training run accepts it beyond {parameter.in_words()}")
    written = space.as_written()
    written["search"][knob] = wider.model_dump(mode="json", exclude_defaults=True)
    line = (
        f"The range of {knob} is {wider.in_words()} from here on; it was {parameter.in_words()}, and the best value, "
        f"{value:.3g} of trial {worth.best.trial}, lay at the {end} end"
    )
    return SearchSpace.model_validate(written), line
