"""A sweep in a notebook: frames, and figures by name."""

from __future__ import annotations

import pytest

import reports
from reports.records.errors import SweepError
from tests.reports.sweeps import write_sweep


def test_a_notebook_gets_frames_and_figures(tmp_path):
    write_sweep(tmp_path / "s", trials=30)
    sweep = reports.open(tmp_path / "s")
    assert len(sweep.trials) == 30
    assert {"trial", "epoch", "val_miou", "train_loss"} <= set(sweep.epochs.columns)
    assert sweep.best["value"] == sweep.trials["best"].max()
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
