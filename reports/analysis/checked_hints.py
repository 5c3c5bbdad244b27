"""Hints held against ablations: what a sweep only hints at, an ablation of it shows, does not show, or contradicts."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from reports.analysis.ablation import ablation_table
from reports.analysis.knob_effects import Check, KnobEffect
from reports.analysis.significance import Difference
from reports.records.spec import SweepSpec
from reports.records.state import SweepState


def checked(effect: KnobEffect, ablations: Sequence[tuple[SweepSpec, SweepState]]) -> KnobEffect:
    """An effect with what the ablations of its sweep say of it, where it was beyond chance and they tell.

    They tell where a knob went from the level that the hint calls the worst to that which it calls the best, or back;
    of several, the one with the narrowest interval counts. Contradicted is a hint if the interval of what was gained
    lies below 0, or below the interval that the hint gave: then whole runs leave the hinted effect out. An interval
    that holds 0 and effects of the hinted size too, as that of a few seeds does, is no contradiction; it shows nothing.
    """
    if not effect.is_beyond_chance:
        return effect
    found = [check for spec, state in ablations for check in _checks(effect, spec, state)]
    narrowest = min(found, key=lambda check: check.gain.high - check.gain.low, default=None)
    return dataclasses.replace(effect, check=narrowest)


def _checks(effect: KnobEffect, spec: SweepSpec, state: SweepState) -> Iterator[Check]:
    worths = {row.label: row.worth for row in ablation_table(state, spec)}
    sign = 1 if spec.space.objective.mode == "max" else -1
    assert effect.best is not None
    assert effect.worst is not None
    for label, setting, other in _changes(effect.knob, spec):
        worth = worths[label]
        if worth is None:
            continue
        if effect.best.holds(setting) and effect.worst.holds(other):
            gain = _times(sign, worth)
        elif effect.worst.holds(setting) and effect.best.holds(other):
            gain = _times(-sign, worth)
        else:
            continue
        if gain.low > 0:
            yield Check(spec.name, gain, "shown")
        else:
            contradicted = gain.high < 0 or gain.high < effect.low
            yield Check(spec.name, gain, "contradicted" if contradicted else "not shown")


def _changes(knob: str, spec: SweepSpec) -> Iterator[tuple[str, Any, Any]]:
    """The labels of the variants that changed a knob; its setting, and the one that it was held against."""
    configs = {planned.label: planned.config for planned in reversed(spec.plan or ())}
    ordered = list(dict.fromkeys(planned.label for planned in spec.plan or ()))
    if spec.is_ladder:
        for below, label in itertools.pairwise(ordered):
            if label == f"+ {knob}":
                yield label, configs[label][knob], configs[below][knob]
    elif knob in ordered[1:]:
        yield knob, configs[ordered[0]][knob], configs[knob][knob]


def _times(sign: int, worth: Difference) -> Difference:
    if sign > 0:
        return worth
    return dataclasses.replace(worth, mean=-worth.mean, low=-worth.high, high=-worth.low)
