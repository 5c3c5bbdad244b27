"""What a person sees of a sweep that runs: nothing, a table that stays in place, or one line a trial in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar
from rich.progress_bar import ProgressBar
from rich.status import Status
from rich.table import Table
from rich.text import Text

from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import SearchSpace
from tune_jobs.formatting import duration, duration_range, short
from tune_jobs.resources.slots import Slots
from tune_jobs.search.messages import PREFLIGHT
from tune_jobs.search.time_estimate import TimeRange, seconds_left, until_limit
from tune_jobs.storage.working_copy import place_of

_LEADERS = 3
Watch = Callable[[SweepState, Slots], AbstractContextManager[object]]  # shows the state while a sweep runs


class Progress(Protocol):
    """Hears how a sweep gets on, from its first image to its report."""

    def say(self, text: str) -> None:
        """A line that stays."""

    def doing(self, what: str) -> AbstractContextManager[object]:
        """Something of unknown length goes on while the block runs."""

    def counting(self, what: str) -> AbstractContextManager[Callable[[int, int], None]]:
        """The same for what can be counted; the block gets what to call with how many of how many are done."""

    def begins(self, folder: SweepFolder, spec: SweepSpec, trials: int) -> None:
        """A sweep is about to run until it has so many trials."""

    def watch(self, space: SearchSpace) -> Watch:
        """What shows the sweep's state while it runs, as `run_sweep` takes it."""


class SilentProgress:
    """Says nothing."""

    def say(self, text: str) -> None:
        return

    def doing(self, what: str) -> AbstractContextManager[object]:
        return nullcontext()

    def counting(self, what: str) -> AbstractContextManager[Callable[[int, int], None]]:
        return nullcontext(lambda done, total: None)

    def begins(self, folder: SweepFolder, spec: SweepSpec, trials: int) -> None:
        return

    def watch(self, space: SearchSpace) -> Watch:
        return lambda state, slots: nullcontext()


class TerminalProgress:
    """Lines for people; in a terminal, bars and a table that stay in place meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        with self._console.status(what, spinner="line" if self._console.options.ascii_only else "dots") as self._status:
            yield

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
        with Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bar:
            task = bar.add_task("", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def begins(self, folder: SweepFolder, spec: SweepSpec, trials: int) -> None:
        space = spec.space
        limit = f", at most {duration(space.budget.time_limit)}" if space.budget.time_limit else ""
        searching = f"{len(space.search)} knobs" if spec.is_search else f"ablation of {spec.about}"
        if spec.confirmation is not None:
            searching = f"confirmation of {spec.about}, {len(spec.confirmation.candidates)} candidates"
        text = Text.assemble(
            "Sweep ",
            (folder.name, "bold"),
            f": {space.description or space.name}; {'at most ' if spec.confirmation else ''}{trials} trials of at most "
            f"{space.budget.max_epochs} epochs{limit}; {searching}. Folder: {place_of(folder)}",
        )
        self._console.print(text, soft_wrap=True)

    def watch(self, space: SearchSpace) -> Watch:
        @contextmanager
        def shown(state: SweepState, slots: Slots) -> Iterator[None]:
            if self._status:
                self._status.stop()  # a terminal shows one thing at a time in place
            if self._console.is_terminal and not self._console.is_dumb_terminal:
                table = Dashboard(state, space, slots)
                live = Live(table, console=self._console, refresh_per_second=4, transient=True)
                with live, _telling(_warn(self._console, state)):
                    yield
            else:
                with _lines(self._console, state, space, slots):
                    yield

        return shown


class Dashboard:
    """Draws the state anew at each refresh; the driver changes it meanwhile, epoch by epoch."""

    def __init__(self, state: SweepState, space: SearchSpace, slots: Slots) -> None:
        self._state, self._space, self._slots = state, space, slots
        self._began = time.monotonic()
        self._left: TimeRange | None = None
        self._left_after = -1  # epochs and ends, after which that was reckoned

    def __rich__(self) -> RenderableType:
        return Group(self._headline(), self._clock(), self._trials())

    def _headline(self) -> RenderableType:
        done, requested = len(self._state.finished), self._state.trials_requested
        row = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(4):
            row.add_column(no_wrap=True)
        row.add_row(
            Text(f"{done} of {requested} trials", style="bold"),
            ProgressBar(total=max(1, requested), completed=done, width=12),
            f"{sum(trial.reason == 'pruned' for trial in self._state.finished)} pruned",
            best_so_far(self._state, self._space),
        )
        return row

    def _clock(self) -> RenderableType:
        gone = f"{duration(time.monotonic() - self._began)} gone"
        heard = len(self._state.order) + len(self._state.finished)
        if heard != self._left_after:
            self._left = seconds_left(self._state, self._space.budget, self._slots.count)
            self._left_after = heard
        return Text(f"{gone}, {left_in_words(self._left, until_limit(self._state, time.time()))}", style="dim")

    def _trials(self) -> RenderableType:
        objective = self._space.objective
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        for title, width in (("trial", 5), ("state", 13), ("epoch", 6), (objective.metric, len(objective.metric))):
            table.add_column(title, width=width, no_wrap=True)
        table.add_column("settings", ratio=1, no_wrap=True, overflow="ellipsis")  # what is cut short where it is narrow
        trials = list(self._state.trials.values())
        running = [trial for trial in trials if trial.reason is None]
        leaders = [trial for trial in self._state.ranked(objective.metric, objective.mode) if trial.finished][:_LEADERS]
        for trial in running + leaders:
            best = trial.best(objective.metric, objective.mode)
            table.add_row(
                trial.trial,
                Text("running", style="green") if trial.reason is None else Text(trial.reason.replace("_", " ")),
                f"{max(trial.epochs, default=0)}/{trial.config['epochs']}",
                f"{best[1]:.4f}" if best else "-",
                settings(trial, self._space),
            )
        if not running and not leaders:
            table.add_row("", Text("starting workers", style="dim"), "", "", "")
        return table


@contextmanager
def _lines(console: Console, state: SweepState, space: SearchSpace, slots: Slots) -> Iterator[None]:
    """One line for each trial that ends, for logs and pipes."""
    shown = {trial.trial for trial in state.finished}

    def show() -> None:
        warn()
        for trial in state.finished:
            if trial.trial not in shown:
                shown.add(trial.trial)
                line = f"[{len(shown)}/{state.trials_requested}] {_line(trial, state, space, slots)}"
                console.print(line, soft_wrap=True, highlight=False, markup=False)

    warn = _warn(console, state)
    with _telling(show):
        yield


def _warn(console: Console, state: SweepState) -> Callable[[], None]:
    """Says, when it is called, what the pre-flight has found since it was called last."""
    told = len(state.notes)

    def warn() -> None:
        nonlocal told
        for note in state.notes[told:]:
            told += 1
            if note.text.startswith(PREFLIGHT):
                console.print(f"Warning: {note.text}", soft_wrap=True, highlight=False, markup=False)

    return warn


@contextmanager
def _telling(show: Callable[[], None]) -> Iterator[None]:
    """Call it twice a second while the block runs, and once behind it."""
    over = threading.Event()

    def poll() -> None:
        while not over.wait(0.5):
            show()

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        show()


def _line(trial: TrialState, state: SweepState, space: SearchSpace, slots: Slots) -> str:
    best = trial.best(space.objective.metric, space.objective.mode)
    value = f"{space.objective.metric} {best[1]:.4f}" if best else (trial.error or "no value").splitlines()[0]
    ended = f"trial {trial.trial} {str(trial.reason).replace('_', ' ')} after epoch {max(trial.epochs, default=0)}"
    return f"{ended}: {value} | {best_so_far(state, space)}, {time_left(state, space, slots)}"


def best_so_far(state: SweepState, space: SearchSpace) -> str:
    ranked = state.ranked(space.objective.metric, space.objective.mode)
    best = ranked[0].best(space.objective.metric, space.objective.mode) if ranked else None
    return f"best {space.objective.metric} {best[1]:.4f} ({ranked[0].trial})" if best else "no result yet"


def time_left(state: SweepState, space: SearchSpace, slots: Slots) -> str:
    return left_in_words(seconds_left(state, space.budget, slots.count), until_limit(state, time.time()))


def left_in_words(left: TimeRange | None, limit: float | None) -> str:
    """The range that is likely, or the seconds until the time limit where that may come before."""
    if limit is not None and (left is None or limit <= left.high):
        too_short = ", too little for all trials" if left is not None and limit < left.low else ""
        return f"{duration(limit)} left until the time limit{too_short}"
    return "time left: measuring" if left is None else f"about {duration_range(left.low, left.high)} left"


def settings(trial: TrialState, space: SearchSpace) -> str:
    """The searched knobs in effect, short."""
    if space.in_effect(trial.config) == space.default():
        return "the default configuration"
    return " ".join(f"{name}={short(value)}" for name, value in space.in_effect(trial.config).items())
