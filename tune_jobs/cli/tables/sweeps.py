"""Sweeps of a storage folder: all of them, or one with its trials. Text for people, or JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from reports.analysis.changed_space import space_changed
from reports.analysis.feasibility import ended_in_words, infeasible_sentence
from reports.analysis.made_of import made_of
from reports.analysis.summary import (
    SweepRow,
    Worth,
    newer_sentence,
    overview,
    row_of,
    savings,
    search_worth,
    train_again_command,
)
from reports.analysis.yardsticks import yardsticks
from reports.records.errors import GoneError
from reports.records.folder import SweepFolder, is_running, list_sweeps
from reports.records.spec import SweepSpec
from reports.records.state import TrialState
from search_spaces.schema import Objective
from tune_jobs.cli.tables.printing import print_json, table_of
from tune_jobs.cli.tables.yardsticks import how_it_stands, show_yardsticks
from tune_jobs.formatting import duration, short
from tune_jobs.storage.working_copy import storage_option, storage_uri

if TYPE_CHECKING:
    from reports.analysis.view import SweepView

_SHOWN_TRIALS = 10


def show_all(storage: Path, console: Console, *, as_json: bool) -> None:
    """All sweeps of a storage folder, newest first."""
    rows = list(_rows(storage))
    rows.sort(key=lambda row: -row.started)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        first = f"tune launch seg_unet{storage_option(SweepFolder(storage / 'seg_unet'))}"
        console.print(
            f"No sweeps in {storage_uri(storage) or storage} yet. A first one: {first}", highlight=False, soft_wrap=True
        )
        return
    table = table_of("sweep", "state", "trials", "best", "started", "took")
    for row in rows:
        table.add_row(
            row.name,
            row.state_in_words,
            f"{row.finished}/{row.trials_requested}",
            "-" if row.best is None else f"{row.metric} {row.best:z.4f}",
            time.strftime("%m-%d %H:%M", time.localtime(row.started)),
            duration(row.seconds),
        )
    console.print(table)


def _rows(storage: Path) -> Iterator[SweepRow]:
    for folder in list_sweeps(storage):
        with suppress(GoneError):  # removed since it was listed
            yield overview(folder, running=is_running(folder))


def show_one(folder: SweepFolder, console: Console, *, as_json: bool) -> None:
    """One sweep: its state, its best trials, what searching was worth and what pruning saved."""
    from reports.analysis.view import SweepView
    from tune_jobs.cli.tables.knobs import say_hints

    view = SweepView(folder)
    spec, state, objective = view.spec, view.state, view.objective
    row, saved = row_of(folder.name, spec, state, running=is_running(folder)), savings(state)
    ranked = state.ranked(objective.metric, objective.mode)
    with_value = {trial.trial for trial in ranked}
    others = [trial for trial in state.trials.values() if trial.trial not in with_value]
    if as_json:
        print_json(_json_of(folder, view, ranked + others))
        return
    if said := newer_sentence(spec, state):
        console.print(said, highlight=False, soft_wrap=True)
    console.print(
        f"{row.name}: {row.state.replace('_', ' ')}, {row.finished} of {row.trials_requested} trials, "
        f"{saved.pruned} pruned; {spec.data.layout}",
        highlight=False,
        soft_wrap=True,
    )
    table = table_of("trial", "state", "epochs", objective.metric, "at epoch", "settings")
    for trial in (ranked + others)[:_SHOWN_TRIALS]:
        shown = _as_dict(trial, spec, objective)
        table.add_row(
            trial.trial,
            ended_in_words(trial, state, objective),
            str(shown["epochs"]),
            "-" if shown["best"] is None else f"{shown['best']:z.4f}",
            str(shown["best_epoch"] or "-"),
            " ".join(f"{knob}={short(value)}" for knob, value in shown["settings"].items()),
        )
    console.print(table)
    if spec.is_search and (said := infeasible_sentence(state, objective)):
        console.print(said, highlight=False, soft_wrap=True, markup=False)
    for change in state.space_changes:
        when = time.strftime("%m-%d %H:%M", time.localtime(change.time))
        console.print(f"{when}: {space_changed(change)}", highlight=False, soft_wrap=True, markup=False)
    worth = search_worth(state, objective)
    if worth is not None and spec.is_search:
        console.print(how_it_stands(spec, state, worth), highlight=False, soft_wrap=True, markup=False)
    show_yardsticks(spec, state, worth, console)
    say_hints(view, console)
    for made in made_of(folder, state) if spec.is_search else []:
        console.print(
            f"{made.kind.capitalize()} {made.name}: {made.said}", highlight=False, soft_wrap=True, markup=False
        )
    if again := _train_again(folder, spec, worth):
        console.print("Train the best again (for longer with a larger budget.max_epochs):", highlight=False)
        console.print(f"  {again}", highlight=False, soft_wrap=True, markup=False)


def _json_of(folder: SweepFolder, view: SweepView, trials: list[TrialState]) -> dict[str, Any]:
    """Everything that is shown of one sweep, with all of its trials, the best first."""
    from tune_jobs.cli.tables.knobs import knob_rows

    spec, state, objective = view.spec, view.state, view.objective
    worth = search_worth(state, objective)
    default = state.trials.get(worth.default_trial) if worth else state.default
    return {
        **asdict(row_of(folder.name, spec, state, running=is_running(folder))),
        "command": spec.command,
        "train_again": _train_again(folder, spec, worth),
        "default": _as_dict(default, spec, objective) if default and spec.is_search else None,
        "savings": asdict(savings(state)),
        "space_changes": [change.model_dump() for change in state.space_changes],
        "yardsticks": [asdict(one) for one in yardsticks(spec, state)],
        "knobs": knob_rows(view),
        "made_of": [asdict(one) for one in made_of(folder, state)] if spec.is_search else [],
        "trials": [
            _as_dict(trial, spec, objective) | {"fails": list(state.failing(trial, objective.metric, objective.mode))}
            for trial in trials
        ],
    }


def _train_again(folder: SweepFolder, spec: SweepSpec, worth: Worth | None) -> str | None:
    """The command that trains the best configuration of a search again, beside the sweep."""
    if worth is None or not spec.is_search:
        return None
    return f"{train_again_command(spec, worth.best.config)}{storage_option(folder)}"


def _as_dict(trial: TrialState, spec: SweepSpec, objective: Objective) -> dict[str, Any]:
    best = trial.best(objective.metric, objective.mode)
    return {
        "trial": trial.trial,
        "state": trial.reason or "running",
        "outside": trial.outside,
        "epochs": max(trial.epochs, default=0),
        "best": best[1] if best else None,
        "best_epoch": best[0] if best else None,
        "settings": spec.space.in_effect(trial.config),
        "error": trial.error,
    }
