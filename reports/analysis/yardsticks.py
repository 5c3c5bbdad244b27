"""Yardsticks: what a winner must beat, from doing nothing to the configurations that people know by name.

Plain Python, so that `tune show` is quick.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnmodels.metric_table import LATENCY
from reports.analysis.formatting import number
from reports.analysis.summary import Worth, best_until
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective

_NOT_SHOWN = {"val_loss", "train_loss", "parameters", "seconds_per_image", LATENCY}  # doing nothing has none of them
_DEFAULT = "default"
_IN_WORDS = {_DEFAULT: "the default configuration", "study": "the configuration of the study"}


@dataclass(frozen=True)
class YardstickRow:
    """One thing to measure a winner against."""

    name: str  # as it stands in a sentence: "the grey image", "the default configuration"
    trial: str | None  # None: nothing was trained
    value: float  # of the objective; of a trial, at its best epoch
    metrics: dict[str, float | None]  # of the task, at that epoch


@dataclass(frozen=True)
class Standing:
    """The winner against the best yardstick; its own row, where it is a yardstick itself, is none."""

    against: YardstickRow
    gain: float  # above 0: the winner is better, whatever the direction
    yardsticks: int  # how many there are
    as_long: float | None  # best of that trial within as many epochs as the winner trained, where it is another value


def named_trials(state: SweepState) -> dict[str, TrialState]:
    """The trials whose configurations people know by a name: the default, and those whose start in the record has a
    label. All are yardsticks. Of an ablation, whose first trial need not be the default, only the latter."""
    default = state.default
    found = {} if default is None else {default.label or _DEFAULT: default}
    return found | {trial.label: trial for trial in list(state.trials.values()) if trial.label is not None}


def in_words(label: str) -> str:
    """A label as it stands in a sentence."""
    return _IN_WORDS.get(label, f"the configuration {label}")


def metrics_shown(spec: SweepSpec) -> list[str]:
    """The metrics of a table of yardsticks: the objective first, then the task's others that doing nothing has too."""
    of_task = [metric for metric in spec.space.modes if metric not in _NOT_SHOWN]
    return list(dict.fromkeys([spec.space.objective.metric, *of_task]))


def yardsticks(spec: SweepSpec, state: SweepState) -> list[YardstickRow]:
    """A row each, as far as there are values of the objective: doing nothing first, then the named trials.

    A trial that failed, or fails a constraint, is no yardstick, as it is ranked by nothing; nor is the only
    configuration that there is.
    """
    objective = spec.space.objective
    rows = [
        YardstickRow(one.name, None, one.metrics[objective.metric], dict(one.metrics))
        for one in state.yardsticks
        if objective.metric in one.metrics
    ]
    named = named_trials(state) if spec.is_search and spec.space.default() else {}
    for label, trial in named.items():
        no_yardstick = trial.reason == "failed" or state.failing(trial, objective.metric, objective.mode)
        best = None if no_yardstick else trial.best(objective.metric, objective.mode)
        if best is not None:
            rows.append(YardstickRow(in_words(label), trial.trial, best[1], dict(trial.epochs[best[0]].metrics)))
    return rows


def standing(worth: Worth, rows: list[YardstickRow], state: SweepState, objective: Objective) -> Standing | None:
    """The winner against the best of the others; None where there is none."""
    others = [row for row in rows if row.trial != worth.best.trial]
    if not others:
        return None
    sign = 1 if objective.mode == "max" else -1
    best = max(others, key=lambda row: sign * row.value)
    as_long = None
    if best.trial is not None:
        as_long = best_until(state.trials[best.trial], objective, max(worth.best.epochs))
    return Standing(
        against=best,
        gain=sign * (worth.best_value - best.value),
        yardsticks=len(others),
        as_long=as_long if as_long != best.value else None,
    )


def standing_sentence(worth: Worth, rows: list[YardstickRow], found: Standing | None) -> str:
    """Whether the winner beats the best yardstick, which one that is, and by how much."""
    own = next((f"It is {row.name} itself: no trial did better. " for row in rows if row.trial == worth.best.trial), "")
    if worth.default_value is None and all(row.trial is None for row in rows):
        own = f"{in_words(_DEFAULT).capitalize()} gave no result to compare with. "
    if worth.best.continues is not None:
        own = f"It is trial {worth.best.continues}, trained for {worth.best.config['epochs']} epochs. {own}"
    if found is None:
        return own.strip()
    row, among = found.against, f", the best of {found.yardsticks} yardsticks" if found.yardsticks > 1 else ""
    reached = f"which {'gives' if row.trial is None else 'reached'} {number(row.value)}"
    if row.trial is None:
        reached += " without any learning"
    if found.as_long is not None:
        reached += f" ({number(found.as_long)} when trained no longer than the best trial)"
    if found.gain > 0:
        return f"{own}That is {number(found.gain)} better than {row.name}, {reached}{among}."
    less = f": it is {number(-found.gain)} worse" if found.gain < 0 else ": it is no better"
    return f"{own}That does not beat {row.name}, {reached}{less}."
