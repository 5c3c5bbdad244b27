"""The table that stays in place while a sweep runs: as many trials as the terminal has room for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import SearchSpace
from tune_jobs.formatting import duration, duration_range, short
from tune_jobs.resources.slots import Slots
from tune_jobs.search.messages import NO_ROOM, ROOM
from tune_jobs.search.time_estimate import TimeRange, seconds_left, until_limit
from tune_jobs.seldom import Seldom

_LEADERS = 3  # at least, where so many trials run that not all have a line
_OTHER_LINES = 4  # headline, clock, titles, and the one that the cursor stands in


class _Standing(NamedTuple):
    """What all trials together say, which takes a while where they are thousands."""

    done: int
    pruned: int
    best: str
    leaders: list[TrialState]  # that ended, best first
    left: TimeRange | None


class Dashboard:
    """Draws the state anew at each refresh; the driver changes it meanwhile, epoch by epoch."""

    def __init__(self, state: SweepState, spec: SweepSpec, slots: Slots) -> None:
        self._state, self._spec, self._space, self._slots = state, spec, spec.space, slots
        self._began = time.monotonic()
        self._standing = Seldom(self._reckoned)

    def _reckoned(self) -> _Standing:
        objective, ended = self._space.objective, self._state.finished
        ranked = self._state.ranked(objective.metric, objective.mode)
        return _Standing(
            done=len(ended),
            pruned=sum(trial.reason == "pruned" for trial in ended),
            best=best_of(ranked, self._space),
            leaders=[trial for trial in ranked if trial.finished],
            left=seconds_left(self._state, self._space.budget, self._slots.count),
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._headline()
        yield self._clock()
        waits = waits_for_nodes(self._state)
        if waits is not None:
            yield Text(waits, style="yellow")
        yield self._trials(max(1, console.height - _OTHER_LINES - (waits is not None)))

    def _headline(self) -> RenderableType:
        standing, requested = self._standing(), self._state.trials_requested
        row = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(4):
            row.add_column(no_wrap=True)
        row.add_row(
            Text(f"{standing.done} of {requested} trials", style="bold"),
            ProgressBar(total=max(1, requested), completed=standing.done, width=12),
            f"{standing.pruned} pruned",
            standing.best,
        )
        return row

    def _clock(self) -> RenderableType:
        gone = f"{duration(time.monotonic() - self._began)} gone"
        left = left_in_words(self._standing().left, until_limit(self._state, time.time()), self._spec)
        return Text(f"{gone}, {left}", style="dim")

    def _trials(self, room: int) -> RenderableType:
        """The trials that run, and the best of those that ended, in so many lines."""
        objective = self._space.objective
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        for title, width in (("trial", 5), ("state", 13), ("epoch", 6), (objective.metric, len(objective.metric))):
            table.add_column(title, width=width, no_wrap=True)
        table.add_column("settings", ratio=1, no_wrap=True, overflow="ellipsis")  # what is cut short where it is narrow
        trials = list(self._state.trials.values())
        running = [trial for trial in trials if trial.reason is None and not trial.outside]
        ended = self._standing().leaders
        shown, leaders = lines_of(len(running), len(ended), room)
        for trial in running[:shown] + ended[:leaders]:
            best = trial.best(objective.metric, objective.mode)
            table.add_row(
                trial.trial,
                Text("running", style="green") if trial.reason is None else Text(trial.reason.replace("_", " ")),
                f"{max(trial.epochs, default=0)}/{trial.config['epochs']}",
                f"{best[1]:z.4f}" if best else "-",
                settings(trial, self._space),
            )
        if not running and not leaders:
            table.add_row("", Text("starting workers", style="dim"), "", "", "")
        if shown < len(running):
            table.add_row("", Text(f"{len(running) - shown} more run", style="dim"), "", "", "")
        return table


def lines_of(running: int, ended: int, room: int) -> tuple[int, int]:
    """How many trials that run, and how many of the best that ended, have a line of their own.

    All that run, if they leave room for the best few; else one line less, which says how many more there are.
    """
    fewest = min(_LEADERS, ended, room // 2)
    shown = running if running + fewest <= room else max(0, room - fewest - 1)
    return shown, min(ended, room - shown - (shown < running))


def waits_for_nodes(state: SweepState) -> str | None:
    """That no node has room, and for how long none has had; None where one has."""
    last = next((note for note in reversed(state.notes) if note.text.startswith((ROOM, NO_ROOM))), None)
    if last is None or not last.text.startswith(NO_ROOM) or last.time < state.starts[-1].time:
        return None
    return f"{duration(max(0.0, time.time() - last.time))}: {last.text}"


def best_of(ranked: Sequence[TrialState], space: SearchSpace) -> str:
    """The best value so far, of trials in their order."""
    best = ranked[0].best(space.objective.metric, space.objective.mode) if ranked else None
    return f"best {space.objective.metric} {best[1]:z.4f} ({ranked[0].trial})" if best else "no result yet"


def left_in_words(left: TimeRange | None, limit: float | None, spec: SweepSpec) -> str:
    """The range that is likely, or the seconds until the time limit where that may come before, or is filled with more
    trials."""
    if limit is not None and (spec.fills_time or left is None or limit <= left.high):
        too_short = ", too little for all trials" if left is not None and limit < left.low else ""
        return f"{duration(limit)} left until the time limit{too_short}"
    return "time left: measuring" if left is None else f"about {duration_range(left.low, left.high)} left"


def settings(trial: TrialState, space: SearchSpace) -> str:
    """The searched knobs in effect, short."""
    if space.in_effect(trial.config) == space.default():
        return "the default configuration"
    return " ".join(f"{name}={short(value)}" for name, value in space.in_effect(trial.config).items())
