"""What a sweep would cost, for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
    table.add_row("one epoch", f"{estimate.seconds_of_an_epoch:.2f} s (the default configuration, measured just now)")
    table.add_row("time", _time(estimate))
    if estimate.slots.gpus:
        shared = "; an epoch takes longer beside others on its GPU" if estimate.slots.gpus < 1 else ""
        table.add_row("GPU-hours", f"about {estimate.gpu_hours:.1f}{shared}")
    table.add_row(
        "disk", f"at most {size(estimate.disk_bytes)} in {storage}; {estimate.parameters:,} parameters at most"
    )
    console.print(table, highlight=False)
    console.print("The same estimate stands in the live table, corrected as results come.", highlight=False)


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
