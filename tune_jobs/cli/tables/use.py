"""What a winner at work has found, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console

from reports.analysis.formatting import number, percent
from reports.analysis.looks import looks_at_test_images
from reports.analysis.training import trained_of
from reports.records.folder import SweepFolder
from tune_jobs.cli.tables.printing import table_of
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED, EXIT_PAUSED, EXIT_SIGINT, EXIT_SIGTERM
from tune_jobs.storage.working_copy import storage_option

if TYPE_CHECKING:
    from reports.analysis.evaluation import Evaluation
    from tune_jobs.use.predict import Predictions
    from tune_jobs.use.train import TrainResult

_SHOWN = 10  # photos whose class is printed
_INTERRUPTED = {"SIGINT": EXIT_SIGINT, "SIGTERM": EXIT_SIGTERM}
_WHY = {"SIGINT": "Interrupted.", "SIGTERM": "Terminated.", "diverged": "Its loss is no longer finite: it diverged."}


def show_predictions(found: Predictions, console: Console) -> None:
    """The classes of a few photos, and where the answers are."""
    answered = found.table[found.table["problem"].isna()]
    if "class" in answered and len(answered) <= _SHOWN:
        table = table_of("photo", "class", "probability")
        for row in answered.to_dict("records"):
            table.add_row(str(row["image"]), str(row["class"]), percent(row["probability"]))
        console.print(table, highlight=False)
    pictures = [kind for kind in ("mask", "overlay", "colored") if kind in answered]
    names = [f"{answered[kind].iloc[0].partition('/')[0]}/" for kind in pictures if len(answered)]
    files = ", ".join([*names, "predictions.csv", "predictions.parquet"])
    skipped = f", {len(found.skipped)} skipped" if len(found.skipped) else ""
    _say(console, f"Answered {len(answered)} of {len(found.table)} photos{skipped}. In {found.folder}: {files}")


def show_evaluation(found: Evaluation, page: Path, folder: SweepFolder, console: Console) -> None:
    """Metrics with their intervals, classes, and where the rest is."""
    metrics = table_of("metric", "value", "95 % interval")
    for row in found.metrics.to_dict("records"):
        if not ("_iou_" in row["metric"] or row["metric"].startswith("iou_")):
            metrics.add_row(row["metric"], number(row["value"]), _ends(row["low"], row["high"]))
    console.print(metrics, highlight=False)
    if len(found.classes):
        measure = "f1" if found.task == "classification" else "iou"
        classes = table_of("class", "images", "IoU" if measure == "iou" else "F1", "95 % interval")
        for row in found.classes.to_dict("records"):
            ends = _ends(row[f"{measure}_low"], row[f"{measure}_high"])
            classes.add_row(row["class"], str(row["images"]), number(row[measure]), ends)
        console.print()
        console.print(classes, highlight=False)
    console.print()
    if found.of == "test":
        _say(console, looks_at_test_images(folder).in_words())
    if found.of == "val":
        _say(console, "These images have chosen the network among its trials, so the figures are too good.")
    _say(console, f"The worst images, the confusion matrix: {page}; tables beside it.")


def show_training(result: TrainResult, console: Console) -> int:
    """What a training gave and how it goes on; the command's exit code."""
    training = result.training
    trained, where = trained_of(training), storage_option(training.sweep)
    again = f"{trained.command(training.sweep.name)}{where}"
    if result.outcome == "paused":
        _say(console, f"Paused: {result.paused_by}. No epoch that ended is lost.")
        _say(console, f"Once that is mended: {again}")
        return EXIT_PAUSED
    if result.outcome != "completed":
        _say(console, f"{_WHY[result.outcome]} {trained.epochs} of {trained.spec.epochs} epochs are trained.")
    if trained.run.epochs and result.outcome in ("completed", "diverged"):
        _say(console, trained.in_words())
    if training.weights_path(trained.spec.on).exists():
        _say(console, f"Put it to work: tune predict {training.sweep.name} PHOTOS --training {training.name}{where}")
    if result.missing is not None:
        _say(console, f"Missing: its page: {result.missing}; call again, and it is drawn.")
    elif training.report_path.exists():
        _say(console, f"Report: {training.report_path}")
    if result.outcome in _INTERRUPTED:
        _say(console, f"Go on with: {again}")
        return _INTERRUPTED[result.outcome]
    return EXIT_NOTHING_SUCCEEDED if result.outcome == "diverged" else 0


def _ends(low: float | None, high: float | None) -> str:
    return "-" if low is None or pd.isna(low) or high is None else f"{number(low)} to {number(high)}"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)
