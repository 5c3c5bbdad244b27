"""The trials that tell which settings of a sweep's best configuration earn their place. Runs none of them."""

from __future__ import annotations

from typing import Any

from reports.analysis.summary import search_worth
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import FixedTrial, SweepSpec
from search_spaces.schema import SearchSpace

BEST, DEFAULT = "best", "default"


def ablation_trials(folder: SweepFolder, spec: SweepSpec, *, seeds: int, ladder: bool) -> list[FixedTrial]:
    """The trials of an ablation, each variant with seeds 0 to `seeds` - 1.

    One knob at a time: the best configuration, and for each knob in which it differs from the default the same with
    that knob back at its default. As a ladder (study S4): the default, then the knobs of the best added one by one, in
    the order of the search-space file.

    Raises:
        SweepError: the sweep has no result yet, or its best configuration is the default.
    """
    worth = search_worth(folder.state(), spec.space.objective)
    if worth is None:
        raise SweepError(f"{folder.name} has no result yet; nothing to take apart")
    space = spec.space
    best = worth.best.config
    default = space.trial_config(space.default(), spec.seed).model_dump(mode="json")
    differing = [knob for knob in _in_effect_in_either(space, best, default) if best[knob] != default[knob]]
    if not differing:
        raise SweepError(f"the best configuration of {folder.name} is the default; nothing to take apart")
    variants = _ladder(best, default, differing, space) if ladder else _one_at_a_time(best, default, differing)
    return [
        FixedTrial(label=label, config={**config, "seed": seed})
        for label, config in variants.items()
        for seed in range(seeds)
    ]


def _in_effect_in_either(space: SearchSpace, best: dict[str, Any], default: dict[str, Any]) -> list[str]:
    effective = {**space.in_effect(best), **space.in_effect(default)}
    return [knob for knob in space.search if knob in effective]


def _one_at_a_time(best: dict[str, Any], default: dict[str, Any], differing: list[str]) -> dict[str, dict[str, Any]]:
    variants = {BEST: best}
    for knob in differing:
        variants[knob] = {**best, knob: default[knob]}
    return variants


def _ladder(
    best: dict[str, Any], default: dict[str, Any], differing: list[str], space: SearchSpace
) -> dict[str, dict[str, Any]]:
    variants, config = {DEFAULT: default}, default
    for knob in [name for name in space.search if name in differing]:
        config = {**config, knob: best[knob]}
        variants[f"+ {knob}"] = config
    return variants
