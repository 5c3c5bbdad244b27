"""The state of a sweep, as it follows from its record, event by event. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from reports.records.record import (
    FINAL_REASONS,
    Cut,
    EpochEnded,
    Event,
    Note,
    Reason,
    SpaceChanged,
    SweepEnded,
    SweepExtended,
    SweepStarted,
    TestMeasured,
    TrialEnded,
    TrialStarted,
    WinnerConfirmed,
    Yardstick,
    YardsticksMeasured,
)
from search_spaces.constraints import Constraint, constraint, failing

DEFAULT_TRIAL = "0000"  # the default configuration: it runs to its end, so a sweep shows what searching was worth
_OF_NO_DRIVER = (
    SweepStarted,
    SpaceChanged,
    Note,
    TestMeasured,
    WinnerConfirmed,
)  # may be written long after one was killed


@dataclass
class TrialState:
    """One trial as the record tells it; metrics by epoch, each epoch once."""

    trial: str
    config: dict[str, Any] = field(default_factory=dict)
    node: str = ""
    slot: int = 0
    label: str | None = None  # what people call its configuration
    continues: str | None = None  # the trial whose configuration it trains for more epochs
    started: float | None = None  # its first start, in seconds since 1970
    starts: int = 0
    epochs: dict[int, EpochEnded] = field(default_factory=dict)
    ended: float | None = None
    reason: Reason | None = None  # None means that it runs, or was lost with its driver
    error: str | None = None
    cut: Cut | None = None
    known: dict[str, float] = field(default_factory=dict)  # of one that was not trained: what was known before
    outside: bool = False  # of the search space, which was changed: it is shown, and counts for nothing

    @property
    def finished(self) -> bool:
        """Whether nothing of it is left to run; outside the search space nothing is."""
        return self.outside or self.reason in FINAL_REASONS

    @property
    def in_words(self) -> str:
        """How it ended, and whether it lies outside the search space."""
        return f"{(self.reason or 'running').replace('_', ' ')}{', outside the space' if self.outside else ''}"

    @property
    def precision(self) -> str:
        """What its steps computed with, several words where it changed machines; empty where nobody said."""
        return ", ".join(dict.fromkeys(one.precision for one in list(self.epochs.values()) if one.precision))

    def values(self, metric: str) -> dict[int, float]:
        """The finite values of one metric, by epoch."""
        found = {epoch: event.metrics.get(metric) for epoch, event in sorted(self.epochs.items())}
        return {epoch: value for epoch, value in found.items() if value is not None}

    def points(self, metrics: Sequence[str]) -> dict[int, tuple[float, ...]]:
        """Several metrics by epoch, of the epochs in which all are finite."""
        found = {epoch: [self.epochs[epoch].metrics.get(metric) for metric in metrics] for epoch in sorted(self.epochs)}
        return {
            epoch: tuple(value for value in values if value is not None)
            for epoch, values in found.items()
            if None not in values
        }

    def measured(self, metric: str, mode: Literal["min", "max"]) -> dict[str, float | None]:
        """All metrics of the best epoch; of a trial that was not trained, what was known of it before."""
        best = self.best(metric, mode)
        return dict(self.known) if best is None else self.epochs[best[0]].metrics

    def best(self, metric: str, mode: Literal["min", "max"]) -> tuple[int, float] | None:
        """Epoch and value of the best epoch (the first of equals), or None if there is no finite value."""
        sign = 1 if mode == "min" else -1
        found: tuple[float, int] | None = None
        for epoch, event in list(self.epochs.items()):
            value = event.metrics.get(metric)
            if value is not None and (found is None or (sign * value, epoch) < found):
                found = sign * value, epoch
        return None if found is None else (found[1], sign * found[0])


@dataclass
class SweepState:
    """Everything the record says, folded: trials in the order of their first start.

    A live view reads it from a second thread while the driver applies events, so every loop is over a copy.
    """

    trials: dict[str, TrialState] = field(default_factory=dict)
    starts: list[SweepStarted] = field(default_factory=list)
    last_words: list[float] = field(default_factory=list)  # when each driver was heard last, in seconds since 1970
    trials_requested: int = 0
    constraints: tuple[Constraint, ...] = ()  # that the newest driver heeds
    end: SweepEnded | None = None
    notes: list[Note] = field(default_factory=list)
    yardsticks: tuple[Yardstick, ...] = ()  # none where they were not measured, as in older sweeps
    confirmed: WinnerConfirmed | None = None  # more trials after it may have found a better one, and it is None again
    tests: dict[str, dict[str, float | None]] = field(default_factory=dict)  # metrics of the test images, by trial
    tests_opened: int = 0  # how often the test images were shown to a network
    space_changes: list[SpaceChanged] = field(default_factory=list)
    last_time: float | None = None
    order: list[tuple[str, int]] = field(default_factory=list)  # (trial, epoch) as they ended; clocks may jump back

    @property
    def format(self) -> int:
        """The newest format that its record was written in."""
        return max((start.format for start in self.starts), default=0)

    def epochs_in_order(self) -> list[EpochEnded]:
        """Every epoch once, in the order in which the record has them."""
        return [self.trials[trial].epochs[epoch] for trial, epoch in dict.fromkeys(self.order)]

    @property
    def ran_seconds(self) -> float:
        """How long drivers ran it, each from its start to its last word; the time between two of them is nobody's."""
        return sum(last - start.time for start, last in zip(list(self.starts), list(self.last_words), strict=False))

    @property
    def searched(self) -> dict[str, TrialState]:
        """The trials of the search itself, which all had as many epochs and lie in its space; those that train one of
        them longer aside."""
        return {
            name: trial for name, trial in list(self.trials.items()) if trial.continues is None and not trial.outside
        }

    @property
    def outside(self) -> list[TrialState]:
        """The trials that the search space no longer holds."""
        return [trial for trial in list(self.trials.values()) if trial.outside]

    @property
    def default(self) -> TrialState | None:
        """The trial of the default configuration: the first, or that of the search space as it was changed last."""
        named = [trial for trial in list(self.trials.values()) if trial.label == "default" and not trial.continues]
        return named[-1] if named else self.trials.get(DEFAULT_TRIAL)

    @property
    def finished(self) -> list[TrialState]:
        return [trial for trial in list(self.trials.values()) if trial.finished]

    def failing(self, trial: TrialState, metric: str, mode: Literal["min", "max"]) -> dict[str, float]:
        """By how much a trial fails each constraint that it does not keep to, at its best epoch (constraints.failing).

        While it runs, another epoch may become its best. What diverged, failed or has no epoch yet has no value to
        judge.
        """
        measured = trial.measured(metric, mode) if self.constraints else {}
        return failing(self.constraints, measured) if measured else {}

    def ranked(
        self, metric: str, mode: Literal["min", "max"], among: Iterable[TrialState] | None = None
    ) -> list[TrialState]:
        """Trials with a finite value, best first; all, or those of the ones given. A failed trial, one outside the
        space, or one that fails a constraint is ranked by nothing and left out."""
        given = list(self.trials.values()) if among is None else among
        trials = [trial for trial in given if trial.reason != "failed" and not trial.outside]
        with_value = [(trial, trial.best(metric, mode)) for trial in trials]
        sign = 1 if mode == "min" else -1
        scored = [
            (sign * best[1], trial.trial, trial)
            for trial, best in with_value
            if best is not None and not self.failing(trial, metric, mode)
        ]
        return [trial for _, _, trial in sorted(scored, key=lambda row: row[:2])]


def fold(events: Iterable[Event]) -> SweepState:
    """The state that a list of events leads to."""
    state = SweepState()
    for event in events:
        apply(state, event)
    return state


def apply(state: SweepState, event: Event) -> None:
    """Move a state on by one event."""
    if not isinstance(event, TestMeasured):  # it may come long after the sweep, and is none of its time
        state.last_time = event.time
    if state.last_words and not isinstance(event, _OF_NO_DRIVER):
        state.last_words[-1] = max(state.last_words[-1], event.time)
    if isinstance(event, SweepStarted):
        state.starts.append(event)
        state.last_words.append(event.time)
        state.trials_requested = event.trials
        state.constraints = tuple(map(constraint, event.constraints))
        state.end = state.confirmed = None
    elif isinstance(event, SweepExtended):
        state.trials_requested = event.trials
    elif isinstance(event, SpaceChanged):
        state.space_changes.append(event)
        for trial in state.trials.values():
            trial.outside = trial.trial in event.outside
    elif isinstance(event, SweepEnded):
        state.end = event
    elif isinstance(event, Note):
        state.notes.append(event)
    elif isinstance(event, YardsticksMeasured):
        state.yardsticks = event.rows
    elif isinstance(event, TestMeasured):
        state.tests[event.trial] = event.metrics
        state.tests_opened += 1
    elif isinstance(event, WinnerConfirmed):
        state.confirmed = event
    else:
        if isinstance(event, EpochEnded):
            state.order.append((event.trial, event.epoch))
        _apply_to_trial(state.trials.setdefault(event.trial, TrialState(event.trial)), event)


def _apply_to_trial(trial: TrialState, event: TrialStarted | EpochEnded | TrialEnded) -> None:
    if isinstance(event, TrialStarted):
        trial.config, trial.node, trial.slot, trial.label = event.config, event.node, event.slot, event.label
        trial.continues = event.continues
        trial.starts += 1
        trial.started = trial.started or event.time
        trial.ended = trial.reason = trial.error = None
    elif isinstance(event, EpochEnded):
        trial.epochs[event.epoch] = event
    else:
        trial.ended, trial.reason, trial.error, trial.cut = event.time, event.reason, event.error, event.cut
        trial.known = event.metrics or {}
