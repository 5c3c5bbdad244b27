"""What the reading verbs print: sweeps, one sweep, spaces, the doctor's findings. Text for people, or JSON."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from reports.analysis.summary import overview, savings, search_worth, train_again_command
from reports.records.folder import SweepFolder, is_running, list_sweeps
from reports.records.spec import SweepSpec
from reports.records.state import TrialState
from search_spaces.schema import Objective
from tune_jobs.progress import duration, short
from tune_jobs.storage.faults import size
from tune_jobs.storage.working_copy import storage_option, storage_uri

if TYPE_CHECKING:
    from tune_jobs.cli.doctor import Diagnosis
    from tune_jobs.cost_estimate import CostEstimate

_SHOWN_TRIALS = 10
_SHOWN_PORTS = 8


def print_json(content: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(content, indent=1, default=str))


def show_all(storage: Path, console: Console, *, as_json: bool) -> None:
    """All sweeps of a storage folder, newest first."""
    rows = [overview(folder, running=is_running(folder)) for folder in list_sweeps(storage)]
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
    table = _table("sweep", "state", "trials", "best", "started", "took")
    for row in rows:
        table.add_row(
            row.name,
            row.state.replace("_", " "),
            f"{row.finished}/{row.trials_requested}",
            "-" if row.best is None else f"{row.metric} {row.best:.4f}",
            time.strftime("%m-%d %H:%M", time.localtime(row.started)),
            duration(row.seconds),
        )
    console.print(table)


def show_one(folder: SweepFolder, console: Console, *, as_json: bool) -> None:
    """One sweep: its state, its best trials, what searching was worth and what pruning saved."""
    spec, state = folder.spec(), folder.state()
    objective = spec.space.objective
    row, saved = overview(folder, running=is_running(folder)), savings(state)
    ranked = state.ranked(objective.metric, objective.mode)
    others = [trial for trial in state.trials.values() if trial not in ranked]
    if as_json:
        trials = [_as_dict(trial, spec, objective) for trial in ranked + others]
        print_json({**asdict(row), "savings": asdict(saved), "trials": trials})
        return
    console.print(
        f"{row.name}: {row.state.replace('_', ' ')}, {row.finished} of {row.trials_requested} trials, "
        f"{saved.pruned} pruned; {spec.data.layout}",
        highlight=False,
        soft_wrap=True,
    )
    table = _table("trial", "state", "epochs", objective.metric, "at epoch", "settings")
    for trial in (ranked + others)[:_SHOWN_TRIALS]:
        shown = _as_dict(trial, spec, objective)
        table.add_row(
            trial.trial,
            shown["state"].replace("_", " "),
            str(shown["epochs"]),
            "-" if shown["best"] is None else f"{shown['best']:.4f}",
            str(shown["best_epoch"] or "-"),
            " ".join(f"{knob}={short(value)}" for knob, value in shown["settings"].items()),
        )
    console.print(table)
    worth = search_worth(state, objective)
    if worth is not None and worth.gain is not None and worth.default_value is not None:
        console.print(
            f"Against the default configuration ({objective.metric} {worth.default_value:.4f}): {worth.gain:+.4f}",
            highlight=False,
        )
        console.print("Train the best again:", highlight=False)
        console.print(f"  {train_again_command(spec, worth.best.config)}", highlight=False, soft_wrap=True)


def _as_dict(trial: TrialState, spec: SweepSpec, objective: Objective) -> dict[str, Any]:
    best = trial.best(objective.metric, objective.mode)
    return {
        "trial": trial.trial,
        "state": trial.reason or "running",
        "epochs": max(trial.epochs, default=0),
        "best": best[1] if best else None,
        "best_epoch": best[0] if best else None,
        "settings": spec.space.in_effect(trial.config),
        "error": trial.error,
    }


def show_jobs(address: str, console: Console, *, as_json: bool) -> None:
    """The sweeps that were sent to a cluster."""
    from tune_jobs.cluster.ray_jobs import jobs

    found = jobs(address)
    if as_json:
        print_json([asdict(job) for job in found])
        return
    if not found:
        console.print(f"No sweeps at {address} yet. A first one: tune launch seg_unet --submit {address}")
        return
    table = _table("sweep", "state", "job", "started")
    for job in found:
        started = time.strftime("%m-%d %H:%M", time.localtime(job.started)) if job.started else "-"
        table.add_row(job.sweep, job.state, job.id, started)
    console.print(table)


def show_job(address: str, sweep: str, console: Console, *, as_json: bool) -> None:
    """One sweep that was sent to a cluster: its state, and the end of its log."""
    from tune_jobs.cluster.ray_jobs import job_of, log_of

    job = job_of(address, sweep)
    log = log_of(address, job)
    if as_json:
        print_json({**asdict(job), "log": log.splitlines()})
        return
    console.print(f"{job.sweep}: {job.state} (job {job.id})", highlight=False, markup=False)
    if job.state in ("failed", "stopped") and job.message:
        console.print(job.message.splitlines()[-1], highlight=False, markup=False)
    console.print(log, highlight=False, markup=False, soft_wrap=True)


def list_spaces(console: Console, *, as_json: bool) -> None:
    """The packaged search spaces."""
    from search_spaces.loading import load, packaged

    spaces = [load(name) for name in packaged()]
    if as_json:
        print_json([{"name": space.name, "task": space.task, "description": space.description} for space in spaces])
        return
    table = _table("space", "task", "knobs", "trials", "description")
    for space in spaces:
        table.add_row(space.name, space.task, str(len(space.search)), str(space.budget.trials), space.description)
    console.print(table)


def explain_space(name: str, overrides: list[str], console: Console, *, as_json: bool) -> None:
    """One search space, knob by knob."""
    from cnnmodels.config import describe
    from search_spaces.loading import load

    space = load(name, overrides)
    if as_json:
        print_json(space.as_written())
        return
    budget = space.budget
    console.print(
        f"{space.name}: {space.description}. Makes {space.objective.metric} as "
        f"{'large' if space.objective.mode == 'max' else 'small'} as it can, in {budget.trials} trials of at most "
        f"{budget.max_epochs} epochs, pruned at {', '.join(map(str, budget.rungs())) or 'no epoch'}.",
        highlight=False,
        soft_wrap=True,
    )
    table = Table.grid(padding=(0, 3, 0, 0))
    for knob, parameter in space.search.items():
        when = " and ".join(f"{other} is {_or(values)}" for other, values in parameter.when.items())
        only = f"; counts only when {when}" if when else ""
        table.add_row(knob, f"{parameter.in_words()} (default {short(space.default_of(knob))}){only}")
        table.add_row("", f"[dim]{describe(knob)}[/dim]")
    for knob, value in space.fixed.items():
        table.add_row(knob, f"fixed at {short(value)}")
        table.add_row("", f"[dim]{describe(knob)}[/dim]")
    console.print(table, highlight=False)
    console.print("Change any of it with --set, for example --set search.lr.default=1e-4", highlight=False)


def _or(values: Any) -> str:
    return " or ".join(map(short, values)) if isinstance(values, list) else short(values)


def show_data(path: Path, task: str | None, console: Console, *, as_json: bool) -> None:
    """What a folder of images holds."""
    from cnnmodels.config import METRICS
    from cnnmodels.data import DataSpec, default_cache
    from reports.records.errors import SweepError
    from tune_jobs.cli.data_inspection import inspect

    if task is not None and task not in METRICS:
        raise SweepError(f"--task {task}: no such task; there are {', '.join(METRICS)}")
    sheet = default_cache() / "contact-sheets" / f"{path.resolve().name}.png"
    with console.status("Looking at every image") if not as_json else contextlib.nullcontext():
        found = inspect(DataSpec.model_validate({"path": path.resolve()}), task, sheet)
    if as_json:
        print_json(found.model_dump())
        return
    lines = [
        f"{found.path}: {found.layout}; for {found.task}"
        + (f" (also {' and '.join(found.other_tasks)})" if found.other_tasks else ""),
        "images: " + ", ".join(f"{count} {split}" for split, count in found.counts.items()),
        "sizes: " + ", ".join(f"{size} ({count})" for size, count in found.sizes.items()),
    ]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if found.classes:
        unit = "images" if found.task == "classification" else "pixels at 96x128"
        table = _table("class", unit, "share", "weight of class_weights: inverse")
        for one in found.classes:
            table.add_row(one.name, f"{one.count:,}", f"{one.share:.2%}", f"{one.inverse_weight:.3f}")
        console.print(table)
    if found.void_share:
        console.print(f"void: {found.void_share:.1%} of the training pixels", highlight=False)
    for problem in found.broken:
        console.print(f"broken: {problem}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"contact sheet: {found.contact_sheet}", highlight=False, markup=False, soft_wrap=True)


def show_plan(planned: CostEstimate, storage: Path, console: Console) -> None:
    """What a sweep would cost."""
    rungs = ", ".join(map(str, planned.rungs)) or "none"
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("slots", planned.slots.in_words())
    table.add_row("trials", f"{planned.trials}; pruned at epochs {rungs}")
    table.add_row("epochs", f"about {planned.epochs_expected:.0f}; {planned.epochs_unpruned} if nothing were pruned")
    table.add_row("one epoch", f"{planned.seconds_of_an_epoch:.2f} s (the default configuration, measured just now)")
    table.add_row("time", f"about {duration(planned.seconds)}; {duration(planned.seconds_unpruned)} without pruning")
    if planned.slots.gpus:
        shared = "; an epoch takes longer beside others on its card" if planned.slots.gpus < 1 else ""
        table.add_row("GPU-hours", f"about {planned.gpu_hours:.1f}{shared}")
    table.add_row("disk", f"at most {size(planned.disk_bytes)} in {storage}; {planned.parameters:,} parameters at most")
    console.print(table, highlight=False)
    console.print("The same estimate stands in the live table, corrected as results come.", highlight=False)


def show_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """The doctor's findings."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_row("tune", f"{diagnosis.tune_path or 'not on the PATH'} (of {diagnosis.tune_owner})")
    table.add_row("versions", ", ".join(f"{name} {version}" for name, version in diagnosis.versions.items()))
    table.add_row("CPUs", str(diagnosis.cpus))
    table.add_row("GPUs", ", ".join(diagnosis.gpus) or "none")
    free, total = diagnosis.memory_free_bytes, diagnosis.memory_total_bytes
    table.add_row("memory", f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB")
    table.add_row("disk", f"{diagnosis.disk_free_bytes / 1e9:.1f} GB free where sweeps are kept")
    loopback = sum(port.on_loopback for port in diagnosis.ray.ports)
    beyond = len(diagnosis.ray.ports) - loopback
    table.add_row("Ray's ports", f"{loopback} on loopback, {beyond} beyond" if diagnosis.ray.ports else "none open")
    for port in [port for port in diagnosis.ray.ports if not port.on_loopback][:_SHOWN_PORTS]:
        table.add_row("", f"{port.process} {port.address}:{port.port}")
    table.add_row("Ray's token", diagnosis.ray.token)
    console.print(table)
    for problem in diagnosis.problems:
        console.print(f"Problem: {problem}", highlight=False, soft_wrap=True)
    if not diagnosis.problems:
        console.print("Nothing is wrong.")


def _table(*titles: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles:
        table.add_column(title)
    return table
