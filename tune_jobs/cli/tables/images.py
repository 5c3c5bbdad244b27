"""What a folder of images holds. Text for people, or JSON."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tune_jobs.cli.tables.printing import print_json, table_of

if TYPE_CHECKING:
    from cnnmodels.data import DataSpec


def show_data(path: Path, task: str | None, console: Console, overrides: list[str], *, as_json: bool) -> None:
    """What a folder of images holds, read with the settings of `data` that are given."""
    from cnnmodels.data import default_cache
    from cnnmodels.metric_table import METRICS
    from reports.records.errors import SweepError
    from tune_jobs.cli.contact_sheet import sheet_path
    from tune_jobs.cli.data_inspection import inspect

    if task is not None and task not in METRICS:
        raise SweepError(f"--task {task}: no such task; there are {', '.join(METRICS)}")
    sheet = sheet_path(path.resolve(), default_cache())
    with console.status("Looking at every image") if not as_json else contextlib.nullcontext():
        found = inspect(_spec(path.resolve(), overrides), task, sheet)
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
        table = table_of("class", unit, "share", "weight of class_weights: inverse")
        for one in found.classes:
            table.add_row(one.name, f"{one.count:,}", f"{one.share:.2%}", f"{one.inverse_weight:z.3f}")
        console.print(table)
    if found.void_share:
        console.print(f"void: {found.void_share:.1%} of the training pixels", highlight=False)
    for problem in found.broken:
        console.print(f"broken: {problem}", highlight=False, markup=False, soft_wrap=True)
    for line in found.left_out:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(f"contact sheet: {found.contact_sheet}", highlight=False, markup=False, soft_wrap=True)


def _spec(path: Path, overrides: list[str]) -> DataSpec:
    """The folder as a sweep would read it.

    Raises:
        SweepError: a setting is not of `data`.
    """
    from reports.records.errors import SweepError
    from search_spaces.loading import load

    other = next((one for one in overrides if not one.strip().startswith("data.")), None)
    if other is not None:
        raise SweepError(f"--set {other}: only what is under data, such as --set data.ignore=0")
    return load("seg_unet", overrides).data.model_copy(update={"name": None, "path": path})
