"""The trials that tell which settings of a sweep's best configuration earn their place. Runs none of them."""

from __future__ import annotations

from typing import Any

from reports.analysis.summary import search_worth
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import FixedTrial, SweepSpec
from search_spaces.schema import SearchSpace

BEST, DEFAULT = "best", "default"
SEEDS = 2**32  # that torch and numpy take
Values = dict[str, Any]  # of the searched knobs in effect


def ablation_trials(folder: SweepFolder, spec: SweepSpec, *, seeds: int, ladder: bool) -> list[FixedTrial]:
    """The trials of an ablation, each variant with the same seeds. They are fresh ones: with the seed by which the best
    was chosen it was lucky, or it would not have been chosen.

    One knob at a time: the best configuration, and for each knob in which it differs from the default the same with
    that knob back at its default, and with it the knobs that depend on it; then the default itself. As a ladder (study
    S4): the default, then the knobs of the best added one by one, in the order of the search-space file.

    Raises:
        SweepError: the sweep has no result yet, or its best configuration is the default.
    """
    worth = search_worth(folder.state(), spec.space.objective)
    if worth is None:
        raise SweepError(f"{folder.name} has no result yet; nothing to take apart")
    space = spec.space
    best = space.in_effect(worth.best.config)
    default = space.in_effect(space.trial_config(space.default(), spec.seed).model_dump(mode="json"))
    variants = _ladder(best, default, space) if ladder else _one_at_a_time(best, default, space)
    if len(variants) == 1:
        raise SweepError(f"the best configuration of {folder.name} is the default; nothing to take apart")
    epochs = {"epochs": worth.best.config["epochs"]}
    return [
        FixedTrial(label=label, config={**space.trial_config(values, seed).model_dump(mode="json"), **epochs})
        for label, values in variants.items()
        for seed in fresh_seeds(spec.seed, seeds)
    ]


def fresh_seeds(used: int, seeds: int) -> list[int]:
    """So many seeds that a sweep with another one never used."""
    return [(used + number) % SEEDS for number in range(1, seeds + 1)]


def _one_at_a_time(best: Values, default: Values, space: SearchSpace) -> dict[str, Values]:
    differing = [knob for knob in best if knob in default and best[knob] != default[knob]]
    variants = {BEST: best, **{knob: _with(knob, best, default, space) for knob in differing}}
    return variants if default in variants.values() else {**variants, DEFAULT: default}


def _ladder(best: Values, default: Values, space: SearchSpace) -> dict[str, Values]:
    variants, values = {DEFAULT: default}, default
    for knob in best:
        added = _with(knob, values, best, space)
        if added != values:
            values = variants[f"+ {knob}"] = added
    return variants


def _with(knob: str, values: Values, other: Values, space: SearchSpace) -> Values:
    """The searched knobs in effect with one of them as it is in other values; those that depend on it come with it, or
    are in effect no more."""
    return space.in_effect({**other, **values, knob: other[knob]})
