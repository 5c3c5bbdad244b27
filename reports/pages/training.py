"""The page of a training: what it gave, its curves, its settings; one file that opens offline."""

from __future__ import annotations

from pathlib import Path

from reports.analysis.training import Trained, trained_of, training_curves
from reports.figures.figure import as_typed
from reports.figures.training_validation import draw
from reports.pages.report import embedded, page
from reports.records.atomic_write import write_atomically
from reports.records.training import TrainingFolder


def write_training(folder: TrainingFolder, storage: str = "") -> Path:
    """Draw `report.html` in the training's folder from its record; its path.

    Args:
        folder: the training's.
        storage: the option with which a command finds its sweep; empty for the usual place.

    Raises:
        UserError: its record is damaged.
        OSError: the page cannot be written.
    """
    write_atomically(folder.report_path, render(trained_of(folder), folder.sweep.name, storage))
    return folder.report_path


def render(trained: Trained, sweep: str, storage: str = "") -> str:
    """The page's HTML."""
    curves = training_curves(trained)
    figures = {}
    if len(curves):
        drawn = draw(curves.assign(trial=trained.spec.name), marked=trained.best and trained.best[0])
        figures["curves"] = embedded(as_typed(drawn))
    events = [trained.run.epochs[epoch] for epoch in sorted(trained.run.epochs)]
    columns = list(dict.fromkeys(name for event in events for name in event.metrics if "_iou_" not in name))
    return page(
        "training.html",
        live=None,
        figures=figures,
        trained=trained,
        sweep=sweep,
        events=events,
        columns=columns,
        seconds=sum(sum(event.seconds.values()) for event in events),
        storage=storage,
    )
