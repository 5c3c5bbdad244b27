"""What a sweep would do better next time, each with the setting that does it: ends of ranges, divergence, rungs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scipy import stats

from cnnmodels.errors import ConfigError
from reports.analysis.summary import Worth, best_until
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import SearchSpace

_NEAR = 0.05  # of a range; an evenly drawn value lies so near to one of its ends in one sweep of ten
_FEWEST = 5  # trials that came to their end, to speak of their order
_UNSAFE = 0.5  # a rank correlation below it


@dataclass(frozen=True)
class Finding:
    """One thing to look at."""

    text: str
    option: str | None  # of `tune launch`: what acts on it


def review(state: SweepState, spec: SweepSpec, worth: Worth) -> list[Finding]:
    """What the sweep's own record suggests for the next one; empty where nothing does."""
    if not spec.is_search:
        return []
    return [*_at_an_end(spec.space, worth), *_diverging(state, spec.space), *_rungs(state, spec)]


def _at_an_end(space: SearchSpace, worth: Worth) -> Iterator[Finding]:
    """Ranges at whose end the best value lies, where the knob could go on beyond."""
    for knob, value in space.in_effect(worth.best.config).items():
        parameter = space.search[knob]
        if isinstance(parameter, Choice):
            continue
        low, high = parameter.ends()
        place = _place(parameter, value)
        end = "lower" if place < _NEAR else "upper" if place > 1 - _NEAR else None
        if end is None:
            continue
        wider = _widened(parameter, upper=end == "upper")
        if not _is_allowed(space, worth.best.config, knob, wider[end == "upper"]):
            continue
        yield Finding(
            f"The best {knob}, {value:.3g}, lies at the {end} end of its range ({low:g} to {high:g}); "
            "better ones may lie beyond.",
            _searching(space, knob, wider),
        )


def _place(parameter: Parameter, value: float) -> float:
    scale = math.log if parameter.is_logarithmic else float
    low, high = (scale(end) for end in parameter.ends())
    return (scale(value) - low) / (high - low)


def _widened(parameter: Parameter, *, upper: bool) -> list[float]:
    """Half as wide again at one end."""
    scale, back = (math.log, math.exp) if parameter.is_logarithmic else (float, float)
    low, high = (scale(end) for end in parameter.ends())
    half = (high - low) / 2
    low, high = (low, high + half) if upper else (low - half, high)
    return [_rounded(parameter, back(end)) for end in (low, high)]


def _rounded(parameter: Parameter, value: float) -> float:
    return round(value) if parameter.is_whole else float(f"{value:.2g}")


def _is_allowed(space: SearchSpace, config: dict[str, Any], knob: str, value: float) -> bool:
    try:
        space.trial_config({**space.in_effect(config), knob: value}, seed=0)
    except ConfigError:
        return False
    return True


def _searching(space: SearchSpace, knob: str, ends: list[float]) -> str | None:
    """The option that searches a knob in another range; none for a range in steps, which the ends may miss."""
    parameter = space.search[knob]
    if parameter.kind == "quantized":
        return None
    low, high = (f"{end:g}" for end in ends)
    return f"--set 'search.{knob}={{{parameter.kind}: [{low}, {high}], default: {space.default_of(knob):g}}}'"


def _diverging(state: SweepState, space: SearchSpace) -> Iterator[Finding]:
    """Whether trials diverged, and from which learning rate on."""
    diverged = [trial for trial in state.finished if trial.reason == "diverged"]
    if not diverged:
        return
    text = f"{len(diverged)} of {len(state.finished)} trials diverged"
    if "lr" not in space.search:
        yield Finding(f"{text}; a smaller learning rate, or gradient_clip, may keep them from it.", None)
        return
    least = min(_rate(trial) for trial in diverged)
    above = [trial for trial in state.finished if _rate(trial) >= least]
    low, high = space.search["lr"].ends()
    option = _searching(space, "lr", [low, least]) if low < least < high and space.default_of("lr") <= least else None
    yield Finding(f"{text}: {len(diverged)} of the {len(above)} with lr of {least:.3g} or more.", option)


def _rate(trial: TrialState) -> float:
    return float(trial.config["lr"])


def _rungs(state: SweepState, spec: SweepSpec) -> Iterator[Finding]:
    """Whether the order at a rung was that of the end."""
    objective, budget = spec.space.objective, spec.space.budget
    whole = [trial for trial in state.finished if trial.reason == "completed"]
    finals = {trial.trial: trial.best(objective.metric, objective.mode) for trial in whole}
    rungs = sorted({trial.cut.rung for trial in state.finished if trial.cut})
    for rung in rungs:
        pairs = [
            (then, final[1])
            for trial in whole
            if (then := best_until(trial, objective, rung)) is not None and (final := finals[trial.trial]) is not None
        ]
        if len(pairs) < _FEWEST or len({then for then, _ in pairs}) < 2 or len({end for _, end in pairs}) < 2:
            continue
        agreement = float(stats.spearmanr([then for then, _ in pairs], [end for _, end in pairs]).statistic)
        text = f"The {len(pairs)} trials that came to their end: their order at epoch {rung}, at which others were cut"
        if agreement < _UNSAFE:
            later = min(2 * rung, budget.max_epochs)
            yield Finding(
                f"{text}, hardly is that of the end (rank correlation {agreement:.2f}), so a better one may have been "
                "cut.",
                f"--set budget.grace_epochs={later}",
            )
