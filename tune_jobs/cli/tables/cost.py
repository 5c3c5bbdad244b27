"""What a sweep would cost, for people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from cnnmodels.disk_space import size
from tune_jobs.formatting import duration, duration_range

if TYPE_CHECKING:
    from tune_jobs.cost_estimate import CostEstimate


def show_plan(estimate: CostEstimate, storage: Path, console: Console) -> None:
    """What a sweep would cost."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("slots", estimate.slots.in_words())
    table.add_row("trials", f"{estimate.trials} of at most {estimate.max_epochs} epochs; {estimate.pruning}")
    table.add_row("epochs", _epochs(estimate))
    slots = estimate.slots.count
    beside = f" in {estimate.measured_at_once} of {slots} slots at once" if slots > 1 else ""
    table.add_row("one epoch", f"{estimate.seconds_of_an_epoch:.2f} s (the default, measured just now{beside})")
    table.add_row("time", _time(estimate))
    if estimate.slots.gpus:
        table.add_row("GPU-hours", f"about {estimate.gpu_hours:.1f}")
    table.add_row(
        "disk", f"at most {size(estimate.disk_bytes)} in {storage}; {estimate.parameters:,} parameters at most"
    )
    console.print(table, highlight=False)
    console.print("The same estimate stands in the live table, corrected as results come.", highlight=False)


def plan_as_dict(estimate: CostEstimate) -> dict[str, Any]:
    """The same for other programs, under the names of `tune_jobs.plan`; seconds and bytes are plain numbers."""
    return {
        **asdict(estimate),
        "epochs": estimate.epochs._asdict(),
        "seconds": {**estimate.seconds_range._asdict(), "expected": estimate.seconds},
        "seconds_unpruned": estimate.seconds_unpruned,
        "gpu_hours": estimate.gpu_hours,
    }


def _epochs(estimate: CostEstimate) -> str:
    low, _, high = estimate.epochs
    if round(low) == round(high):
        return f"{high:.0f}"
    return f"{low:.0f} to {high:.0f}, in nine sweeps of ten; {estimate.epochs_unpruned} if nothing were pruned"


def _time(estimate: CostEstimate) -> str:
    low, high = estimate.seconds_range
    said = f"about {duration_range(low, high)}"
    if estimate.epochs.high < estimate.epochs_unpruned:
        said += f"; {duration(estimate.seconds_unpruned)} without pruning"
    if estimate.time_limit is not None and estimate.time_limit < high:
        said += f"; the time limit of {duration(estimate.time_limit)} may end it before"
    return said
