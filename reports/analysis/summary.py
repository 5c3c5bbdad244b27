"""What a sweep's record says, as plain values: the best trial, what searching was worth, what pruning saved.

Plain Python, so that `tune ls` is quick; the tables for figures are in `reports/analysis/tables.py`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from reports.records.errors import DamagedError, NewerError, RecordError
from reports.records.folder import SweepFolder
from reports.records.newer import FORMAT, newer_in_words
from reports.records.record import EndReason, WinnerConfirmed
from reports.records.spec import SweepSpec
from reports.records.state import DEFAULT_TRIAL, SweepState, TrialState
from search_spaces.schema import Objective

_OF_A_GENERATED_SET = ("image_size", "images", "seed")  # these settings decide its images
_OF_A_FOLDER = ("image_size", "ignore", "classes", "val_share", "seed", "skip_broken")
# What reading a sweep may raise: the last ones where each line is well formed, but what it speaks of is not there.
UNREADABLE = (RecordError, DamagedError, LookupError, ValueError, TypeError, ArithmeticError)


@dataclass(frozen=True)
class SweepRow:
    """One line of `tune ls`."""

    name: str
    space: str
    state: str  # running, completed, interrupted, time_limit, stopped, paused, failed, lost; or why it cannot be read
    finished: int
    trials_requested: int
    metric: str
    best: float | None
    best_trial: str | None
    started: float  # seconds since 1970
    seconds: float  # that it ran, launch and resumes together
    format: int = FORMAT  # of what is on disk; a newer one than this version's is read as far as it is understood

    @property
    def state_in_words(self) -> str:
        """Its state as people read it, and whether a newer version has written it."""
        words = self.state.replace("_", " ")
        return f"{words} (format {self.format})" if self.format > FORMAT else words


@dataclass(frozen=True)
class Worth:
    """What searching found: the best trial, and the default configuration; reports/analysis/yardsticks.py compares."""

    best: TrialState
    best_epoch: int
    best_value: float
    default_value: float | None  # best epoch of the default configuration, trained to its end
    default_epoch: int | None
    confirmed: WinnerConfirmed | None = None  # says how sure it is that this is the best; None where nobody asked
    default_trial: str = DEFAULT_TRIAL  # one that trained it as long as a best trial that was trained longer


@dataclass(frozen=True)
class Trouble:
    """Trials that failed or diverged in the same way."""

    reason: str  # failed or diverged
    first_line: str  # the error's first line; empty where the record has none
    last_line: str  # empty where there is no second one
    error: str  # the whole error of the first of them
    trials: list[TrialState]


@dataclass(frozen=True)
class Savings:
    """What early stopping saved."""

    pruned: int
    trained_epochs: int
    full_epochs: int  # if every trial that ended had run to its last epoch
    saved_seconds: float  # seconds of one slot, at the mean price of an epoch


def is_never_pruned(trial: TrialState) -> bool:
    """Whether a trial runs to its end: a yardstick (the default, or one whose configuration has a name), or one that a
    person asked to be trained longer."""
    return trial.trial == DEFAULT_TRIAL or trial.label is not None or trial.continues is not None


def overview(folder: SweepFolder, *, running: bool) -> SweepRow:
    """A sweep in one line; one whose question or record cannot be read says why: damaged, foreign or newer.

    Raises:
        GoneError: it was removed meanwhile.
    """
    try:
        return row_of(folder.name, folder.spec(), folder.state(), running=running)
    except UNREADABLE as error:
        return unreadable(folder, error)


def unreadable(folder: SweepFolder, error: Exception) -> SweepRow:
    """The line of a sweep that cannot be read."""
    word = "newer" if isinstance(error, NewerError) else "damaged"
    if isinstance(error.__cause__, PermissionError):
        word = "foreign"
    try:
        changed = folder.path.stat().st_mtime
    except OSError:
        changed = 0.0
    return SweepRow(folder.name, "", word, 0, 0, "", None, None, changed, 0)


def newer_sentence(spec: SweepSpec, state: SweepState) -> str | None:
    """What people are told of a sweep that a newer version has written; None where this version has."""
    said = newer_in_words(max(spec.format, state.format))
    return f"{said[0].upper()}{said[1:]}: what this version knows of it is shown." if said else None


def row_of(name: str, spec: SweepSpec, state: SweepState, *, running: bool) -> SweepRow:
    """A sweep in one line, from what was read of it already."""
    objective = spec.space.objective
    worth = search_worth(state, objective)
    return SweepRow(
        name=name,
        space=spec.space.name,
        state=state_in_a_word(state, running=running),
        finished=len(state.finished),
        trials_requested=trials_requested(spec, state),
        metric=objective.metric,
        best=worth.best_value if worth else None,
        best_trial=worth.best.trial if worth else None,
        started=spec.created,
        seconds=state.ran_seconds,
        format=max(spec.format, state.format),
    )


def state_in_a_word(state: SweepState, *, running: bool) -> str:
    """running; how its driver left it; or lost, where it did not get to say."""
    if running:
        return "running"
    reason: EndReason | None = state.end.reason if state.end else None
    return reason or "lost"


def trials_requested(spec: SweepSpec, state: SweepState) -> int:
    """How many trials it is to have, also before its first driver said so."""
    return state.trials_requested or spec.space.budget.trials


def is_complete(spec: SweepSpec, state: SweepState) -> bool:
    """Whether nothing is left for a resume that asks for nothing more; a confirmation may be decided before its end."""
    decided = spec.confirmation is not None and state.end is not None and state.end.reason == "completed"
    return decided or len(state.finished) >= trials_requested(spec, state)


def search_worth(state: SweepState, objective: Objective) -> Worth | None:
    """The best trial, which is the confirmed winner where there is one, and the default configuration; None while no
    trial has a value.

    A default configuration that failed is compared with nothing, as a failed trial is ranked by nothing; a best trial
    that was trained longer is compared with the default that was trained as long, if there is one.
    """
    ranked = state.ranked(objective.metric, objective.mode)
    if not ranked:
        return None
    winner = ranked[0] if state.confirmed is None else state.trials[state.confirmed.trial]
    best = winner.best(objective.metric, objective.mode)
    default = _default_as_long(state, winner)
    of_default = default.best(objective.metric, objective.mode) if default in ranked and default else None
    assert best is not None
    return Worth(
        best=winner,
        best_epoch=best[0],
        best_value=best[1],
        default_value=of_default[1] if of_default else None,
        default_epoch=of_default[0] if of_default else None,
        confirmed=state.confirmed,
        default_trial=default.trial if default else DEFAULT_TRIAL,
    )


def _default_as_long(state: SweepState, best: TrialState) -> TrialState | None:
    default = state.default
    as_long = [trial for trial in state.trials.values() if default and trial.continues == default.trial]
    if best.continues is None or not as_long:
        return default
    return max(as_long, key=lambda trial: trial.config["epochs"] == best.config["epochs"])


def best_until(trial: TrialState, objective: Objective, epoch: int) -> float | None:
    """A trial's best value up to an epoch."""
    values = [value for at, value in trial.values(objective.metric).items() if at <= epoch]
    if not values:
        return None
    return max(values) if objective.mode == "max" else min(values)


def troubles(state: SweepState) -> list[Trouble]:
    """Failed and diverged trials, together where the first line of their error is the same; the most frequent first."""
    alike: dict[tuple[str, str], list[TrialState]] = {}
    for trial in list(state.trials.values()):
        if trial.reason in ("failed", "diverged"):
            first_line = next(iter((trial.error or "").strip().splitlines()), "")
            alike.setdefault((trial.reason, first_line), []).append(trial)
    found = [
        Trouble(reason, line, _last_line(trials[0].error or ""), trials[0].error or "", trials)
        for (reason, line), trials in alike.items()
    ]
    return sorted(found, key=lambda trouble: -len(trouble.trials))


def _last_line(error: str) -> str:
    lines = error.strip().splitlines()
    return lines[-1].strip() if len(lines) > 1 and lines[-1].strip() != lines[0].strip() else ""


def savings(state: SweepState) -> Savings:
    """Epochs trained against the epochs of the same trials run to their ends."""
    ended = [trial for trial in state.finished if trial.epochs]
    trained = sum(_trained(trial) for trial in ended)
    full = sum(int(trial.config["epochs"]) if trial.reason == "pruned" else _trained(trial) for trial in ended)
    seconds = sum(sum(event.seconds.values()) for trial in ended for event in trial.epochs.values())
    return Savings(
        pruned=sum(trial.reason == "pruned" for trial in ended),
        trained_epochs=trained,
        full_epochs=full,
        saved_seconds=seconds / trained * (full - trained) if trained else 0.0,
    )


def _trained(trial: TrialState) -> int:
    """Epochs that were trained; those that a longer trial has from the one it goes on from have no seconds."""
    return sum(bool(one.seconds) for one in trial.epochs.values()) if trial.continues else max(trial.epochs)


def train_again_command(spec: SweepSpec, config: dict[str, Any]) -> str:
    """The command that trains one configuration again, to be pasted into a shell."""
    space, data = spec.space, spec.space.data
    words = ["tune", "launch", spec.source, "--trials", "1", "--seed", str(spec.seed)]
    if data.path:
        words += ["--data", str(data.path)]
    for knob, value in {**space.fixed, **space.in_effect(config)}.items():
        words += ["--set", f"fixed.{knob}={_yaml(value)}"]
    for key in _OF_A_FOLDER if data.path else _OF_A_GENERATED_SET:
        value = getattr(data, key)
        if value not in (None, False, 0):
            words += ["--set", f"data.{key}={_yaml(value)}"]
    budget = space.budget
    of_budget = {"max_epochs": config["epochs"], "grace_epochs": budget.grace_epochs, "patience": budget.patience}
    for key, value in {**of_budget, "patience_metric": budget.patience_metric}.items():
        if value is not None:
            words += ["--set", f"budget.{key}={value}"]
    if space.budget.reduction_factor is None:
        words += ["--set", "budget.reduction_factor=null"]
    return shlex.join(words)


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ",".join(_yaml(one) for one in value) + "]"
    return repr(value) if isinstance(value, float) else str(value)
