"""What a person sees of a sweep that runs: nothing, a table that stays in place, or one line a trial in a log."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.status import Status
from rich.text import Text

from reports.analysis.feasibility import ended_in_words
from reports.analysis.formatting import number
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective
from tune_jobs.formatting import counted, duration
from tune_jobs.live_table import Dashboard, best_of, left_in_words
from tune_jobs.resources.slots import Slots
from tune_jobs.search.messages import NO_ROOM, PREFLIGHT, ROOM, WORKER
from tune_jobs.search.time_estimate import seconds_left, until_limit
from tune_jobs.seldom import Seldom
from tune_jobs.storage.working_copy import place_of

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

    def watch(self, spec: SweepSpec) -> Watch:
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

    def watch(self, spec: SweepSpec) -> Watch:
        return lambda state, slots: nullcontext()


class QuietProgress(SilentProgress):
    """Says warnings alone."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        if text.startswith("Warning: "):
            self._console.print(text, highlight=False, soft_wrap=True, markup=False)

    def watch(self, spec: SweepSpec) -> Watch:
        return lambda state, slots: _telling(_warn(self._console, state, warnings_alone=True))


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
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bar:
            task = bar.add_task("", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def begins(self, folder: SweepFolder, spec: SweepSpec, trials: int) -> None:
        space = spec.space
        limit = f", at most {duration(space.budget.time_limit)}" if space.budget.time_limit else ""
        searching = counted(len(space.search), "knob") if space.default() else "one configuration"
        if spec.plan is not None:
            searching = f"ablation of {spec.about}"
        if spec.confirmation is not None:
            searching = f"confirmation of {spec.about}, {len(spec.confirmation.candidates)} candidates"
        most, epochs = "at most " if spec.confirmation else "", counted(space.budget.max_epochs, "epoch")
        said = (
            f"Sweep {folder.name}: {space.description or space.name}; {most}{counted(trials, 'trial')} of at most "
            f"{epochs}{limit}; {searching}."
        )
        width = self._console.width
        text = Text(textwrap.fill(said, width, break_long_words=False, break_on_hyphens=False))
        text.stylize("bold", len("Sweep "), len(f"Sweep {folder.name}"))
        self._console.print(text, soft_wrap=True)
        self.say(f"Folder: {place_of(folder)}")

    def watch(self, spec: SweepSpec) -> Watch:
        @contextmanager
        def shown(state: SweepState, slots: Slots) -> Iterator[None]:
            if self._status:
                self._status.stop()  # a terminal shows one thing at a time in place
            if self._console.is_terminal and not self._console.is_dumb_terminal:
                table = Dashboard(state, spec, slots)
                live = Live(table, console=self._console, refresh_per_second=4, transient=True)
                with live, _telling(_warn(self._console, state)):
                    yield
            else:
                with _lines(self._console, state, spec, slots):
                    yield

        return shown


@contextmanager
def _lines(console: Console, state: SweepState, spec: SweepSpec, slots: Slots) -> Iterator[None]:
    """One line for each trial that ends, for logs and pipes."""
    shown = {trial.trial for trial in state.finished}
    objective = spec.space.objective
    left = Seldom(lambda: seconds_left(state, spec.space.budget, slots.count))
    leads = state.ranked(objective.metric, objective.mode, state.finished)[:1]  # of what has ended: it stays as it is

    def show() -> None:
        nonlocal leads
        warn()
        ended = [trial for trial in state.finished if trial.trial not in shown]
        if not ended:
            return
        leads = state.ranked(objective.metric, objective.mode, [*leads, *ended])[:1]
        running = [trial for trial in list(state.trials.values()) if not trial.finished]
        best = best_of(state.ranked(objective.metric, objective.mode, [*leads, *running]), spec.space)
        so_far = f"{best}, {left_in_words(left(), until_limit(state, time.time()), spec)}"
        for trial in ended:
            shown.add(trial.trial)
            line = f"[{len(shown)}/{state.trials_requested}] {_line(trial, state, objective)} | {so_far}"
            console.print(line, soft_wrap=True, highlight=False, markup=False)

    warn = _warn(console, state)
    with _telling(show):
        yield


def _warn(console: Console, state: SweepState, *, warnings_alone: bool = False) -> Callable[[], None]:
    """Says, when it is called, what the pre-flight has found, that nodes went or came (a warning where none is left),
    and which trials have lost their worker, since it was called last."""
    told = len(state.notes)

    def warn() -> None:
        nonlocal told
        for note in state.notes[told:]:
            told += 1
            if note.text.startswith((PREFLIGHT, NO_ROOM)):
                console.print(f"Warning: {note.text}", soft_wrap=True, highlight=False, markup=False)
            elif note.text.startswith(ROOM) and not warnings_alone:
                console.print(f"{note.text[0].upper()}{note.text[1:]}.", soft_wrap=True, highlight=False, markup=False)
            elif note.text.startswith(WORKER) and not warnings_alone:
                console.print(f"Trial {note.trial}: {note.text}.", soft_wrap=True, highlight=False, markup=False)

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


def _line(trial: TrialState, state: SweepState, objective: Objective) -> str:
    best = trial.best(objective.metric, objective.mode)
    known = ", ".join(f"{name} {number(of)}" for name, of in trial.known.items())
    value = f"{objective.metric} {best[1]:z.4f}" if best else (trial.error or known or "no value").splitlines()[0]
    after = f" after epoch {max(trial.epochs, default=0)}" if trial.reason != "infeasible" else ""
    ended = f"trial {trial.trial} {ended_in_words(trial, state, objective)}{after}"
    return f"{ended}: {value}"
