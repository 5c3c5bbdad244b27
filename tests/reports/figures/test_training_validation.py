"""Training against validation."""

from __future__ import annotations

import pandas as pd

from reports.analysis.curve_shape import CurveShape
from reports.analysis.view import SweepView
from reports.figures.training_validation import FIGURE, Ends, draw, sentence
from tests.reports.sweeps import write_sweep


def fits():
    rows = [
        (trial, metric, split, epoch, epoch / 10)
        for metric in ("loss", "miou")
        for trial in ("0004", "0000")
        for split in ("validation", "training")
        for epoch in (1, 2)
    ]
    return pd.DataFrame(rows, columns=["trial", "metric", "split", "epoch", "value"])


def test_loss_and_metric_have_a_panel_each_and_training_is_dotted():
    drawn = draw(fits())
    assert [axis.title.text for axis in (drawn.layout.yaxis, drawn.layout.yaxis2)] == ["loss", "miou"]
    assert len(drawn.data) == 8
    assert {trace.name: trace.line.dash for trace in drawn.data} == {
        "0004 validation": "solid",
        "0004 training": "dot",
        "0000 validation": "solid",
        "0000 training": "dot",
    }
    assert len({trace.line.color for trace in drawn.data}) == 2, "a colour a trial"
    assert sum(trace.showlegend for trace in drawn.data) == 4


def test_the_best_epoch_has_a_star_and_the_last_one_a_cross_on_each_validation_curve():
    marks = [
        trace for trace in draw(fits(), ends={"0004": Ends(1, 2, "stopped early")}).data if trace.mode == "markers"
    ]
    assert [(one.x, one.marker.symbol, one.name) for one in marks] == [
        ((2,), "x", "0004 last epoch (stopped early)"),
        ((1,), "star", "0004 best epoch"),
    ] * 2, "in the panel of the loss and in that of the metric"
    assert {one.legendgroup for one in marks} == {"0004 validation"}
    assert not any(one.showlegend for one in marks)


def test_the_marks_of_a_sweep_are_the_epochs_of_its_record(views):
    view = views["pruning"]
    best = view.worth.best
    marks = {one.name: one.x[0] for one in FIGURE.draw(view).data if one.mode == "markers"}
    assert marks[f"{best.trial} best epoch"] == view.worth.best_epoch
    assert marks[f"{best.trial} last epoch ({best.in_words})"] == max(best.epochs)


def test_it_says_of_each_trial_what_its_curve_says():
    shapes = {"0004": CurveShape("overfitting", 7), "0000": CurveShape("settled")}
    assert sentence(shapes) == "Trial 0004: over-fitting since epoch 7; trial 0000: settled."


def test_the_best_trials_of_a_search_are_shown(views):
    view = views["pruning"]
    shown = {trace.name.split()[0] for trace in FIGURE.draw(view).data}
    assert shown == {trial.trial for trial in view.best_trials}
    assert view.worth.best.trial in FIGURE.says(view)


def test_a_sweep_without_curves_of_both_has_no_such_figure(tmp_path, views):
    assert FIGURE.draw(views["ablation"]) is None
    assert FIGURE.says(SweepView(write_sweep(tmp_path / "empty", trials=0))) is None
