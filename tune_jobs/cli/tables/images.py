"""What a folder of images holds. Text for people, or JSON."""

from __future__ import annotations

import contextlib
from pathlib import Path

from rich.console import Console

from tune_jobs.cli.tables.printing import print_json, table_of


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
        table = table_of("class", unit, "share", "weight of class_weights: inverse")
        for one in found.classes:
            table.add_row(one.name, f"{one.count:,}", f"{one.share:.2%}", f"{one.inverse_weight:.3f}")
        console.print(table)
    if found.void_share:
        console.print(f"void: {found.void_share:.1%} of the training pixels", highlight=False)
    for problem in found.broken:
        console.print(f"broken: {problem}", highlight=False, markup=False, soft_wrap=True)
    for line in found.left_out:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(f"contact sheet: {found.contact_sheet}", highlight=False, markup=False, soft_wrap=True)
