"""A sweep in a notebook: frames, and figures by name."""

from __future__ import annotations

import pytest

import reports
from reports.records.errors import SweepError
from reports.records.record import EpochEnded, Record
from tests.reports.sweeps import write_sweep


def test_a_notebook_gets_frames_and_figures(tmp_path):
    write_sweep(tmp_path / "s", trials=30)
    sweep = reports.open(tmp_path / "s")
    assert len(sweep.trials) == 30
    assert {"trial", "epoch", "val_miou", "train_loss"} <= set(sweep.epochs.columns)
    assert sweep.best["value"] == sweep.trials["best"].max()
    assert list(sweep.yardsticks["name"]) == ["the most frequent class (road)", "the default configuration"]
    assert sweep.best["command"].startswith("tune launch")
    for draw in ("learning_curves", "best_so_far", "importance", "knob_effects", "knob_pair", "parallel_coordinates"):
        assert getattr(sweep.figures, draw)().data
    for draw in ("rungs", "timeline", "class_iou"):
        assert getattr(sweep.figures, draw)()._repr_mimebundle_() is not None
    assert "30 trials" in repr(sweep)


def test_a_notebook_is_told_what_is_not_there(tmp_path):
    with pytest.raises(SweepError, match="no sweep here"):
        reports.open(tmp_path)
    write_sweep(tmp_path / "s", trials=2)
    with pytest.raises(SweepError, match="s has nothing to draw that from"):
        reports.open(tmp_path / "s").figures.confusion()
    write_sweep(tmp_path / "empty", trials=0)
    assert reports.open(tmp_path / "empty").best is None
    assert "no result yet" in repr(reports.open(tmp_path / "empty"))


def test_what_is_no_figure_is_refused_with_those_there_are(tmp_path):
    write_sweep(tmp_path / "s", trials=2)
    figures = reports.open(tmp_path / "s").figures
    with pytest.raises(
        SweepError, match="no figure called 'rugns'; there are learning_curves, best_so_far, tuning_curve"
    ):
        figures.draw("rugns")
    with pytest.raises(AttributeError, match="no figure called 'rugns'"):
        _ = figures.rugns
    assert {"draw", "names", *figures.names()} <= set(dir(figures))


def test_a_figure_follows_the_record(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=3)
    figures = reports.open(tmp_path / "s").figures
    before = figures.best_so_far().data[0].x[-1]
    record = Record(folder.record_path)
    record.append(EpochEnded(trial="0002", epoch=9, metrics={"val_miou": 0.99}, seconds={}))
    record.close()
    assert figures.best_so_far().data[0].x[-1] == before + 1
