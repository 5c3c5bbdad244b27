"""Tables of a sweep for figures and notebooks: state in, pandas out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cnnmodels.metric_names import metric_name
from reports.analysis.curve_shape import of_training
from reports.records.pareto import fronts
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.schema import Objective

MAX_POINTS = 400  # more points in a panel would only be a cloud


def trials_table(state: SweepState, spec: SweepSpec) -> pd.DataFrame:
    """One row a trial in the order of their starts: trial, state, best, best_epoch, epochs, seconds, node, precision,
    outside (of a search space that was changed), and a column for each searched knob, missing where the knob is not in
    effect."""
    objective = spec.space.objective
    rows = []
    for trial in list(state.trials.values()):
        best = trial.best(objective.metric, objective.mode)
        rows.append(
            {
                "trial": trial.trial,
                "state": trial.reason or "running",
                "best": best[1] if best else None,
                "best_epoch": best[0] if best else None,
                "epochs": max(trial.epochs, default=0),
                "seconds": sum(sum(event.seconds.values()) for event in trial.epochs.values()),
                "node": trial.node,
                "precision": trial.precision,
                "outside": trial.outside,
                **spec.space.in_effect(trial.config),
            }
        )
    knobs = list(spec.space.search)
    columns = ["trial", "state", "best", "best_epoch", "epochs", "seconds", "node", "precision", "outside", *knobs]
    return pd.DataFrame(rows, columns=columns).astype({"best": "float64", "best_epoch": "Int64"})


def trade_offs_table(state: SweepState, objectives: Sequence[Objective]) -> pd.DataFrame:
    """One row a trial with both objectives, at its best epoch by the first: trial, each metric, front (1: no trial is
    better in both), the best by the first objective on top."""
    first, metrics = objectives[0], [objective.metric for objective in objectives]
    points = {}
    for trial in state.ranked(first.metric, first.mode):
        best = trial.best(first.metric, first.mode)
        point = trial.points(metrics).get(best[0]) if best else None
        if point is not None:
            points[trial.trial] = point
    ranks = fronts(points, [objective.mode for objective in objectives])
    rows = [(trial, *point, ranks[trial]) for trial, point in points.items()]
    return pd.DataFrame(rows, columns=["trial", *metrics, "front"])


def curves_table(state: SweepState, metric: str) -> pd.DataFrame:
    """One row an epoch with a finite value: trial, state, epoch, value."""
    rows = [
        {"trial": trial.trial, "state": trial.reason or "running", "epoch": epoch, "value": value}
        for trial in state.trials.values()
        for epoch, value in trial.values(metric).items()
    ]
    return pd.DataFrame(rows, columns=["trial", "state", "epoch", "value"])


def fit_table(state: SweepState, trials: Sequence[str], metric: str) -> pd.DataFrame:
    """One row a value of the loss and of a validation metric, and of the same of training images: trial, metric,
    split (validation or training), epoch, value; empty where no trial has both.

    The training curves are of images as they are, after the epoch (curve_shape.of_training).
    """
    rows = [
        (trial, of.removeprefix("val_"), split, epoch, value)
        for of in dict.fromkeys(["val_loss", metric])
        for trial in trials
        for split, values in (
            ("validation", state.trials[trial].values(of)),
            ("training", of_training(state.trials[trial], of)),
        )
        for epoch, value in values.items()
    ]
    table = pd.DataFrame(rows, columns=["trial", "metric", "split", "epoch", "value"])
    return table if table["split"].nunique() > 1 else table.iloc[:0]


def progress_table(state: SweepState, objective: Objective) -> pd.DataFrame:
    """One row an epoch in the order in which they ended: epochs_trained, minutes (since the launch), trial, best; those
    of trials that are ranked by nothing (SweepState.ranked) are counted, and are no best."""
    events = state.epochs_in_order()
    may_win = {trial.trial for trial in state.ranked(objective.metric, objective.mode)}
    began = state.starts[0].time if state.starts else 0.0
    sign = 1 if objective.mode == "max" else -1
    rows, best = [], None
    for number, event in enumerate(events, start=1):
        value = event.metrics.get(objective.metric) if event.trial in may_win else None
        if value is not None and (best is None or sign * value > sign * best):
            best = value
        if best is not None:
            minutes = (event.time - began) / 60
            rows.append({"epochs_trained": number, "minutes": minutes, "trial": event.trial, "best": best})
    return pd.DataFrame(rows, columns=["epochs_trained", "minutes", "trial", "best"])


def class_iou_table(state: SweepState, trial: str, epoch: int, classes: Sequence[str]) -> pd.DataFrame:
    """One row a class of one validation: name, iou; empty for tasks without classes of pixels."""
    metrics = state.trials[trial].epochs[epoch].metrics
    names = {metric_name(name): name for name in classes}
    rows = [{"name": names[metric], "iou": value} for metric, value in metrics.items() if metric in names]
    return pd.DataFrame(rows, columns=["name", "iou"])


def sampled(table: pd.DataFrame) -> pd.DataFrame:
    """At most so many rows as can be told apart as points, the same ones each time."""
    return table if len(table) <= MAX_POINTS else table.sample(MAX_POINTS, random_state=0).sort_index()
