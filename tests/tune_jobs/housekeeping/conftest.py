"""A storage with a made-up sweep, its ablation and its confirmation."""

import pytest

from reports.records.record import Record, WinnerConfirmed
from tests.reports.sweeps import DEFAULTS, write_ablation, write_sweep


@pytest.fixture
def sweep(tmp_path):
    """`s`, with `s-ablation` and the confirmation `s-sure` beside it."""
    folder = write_sweep(tmp_path / "sweeps" / "s", trials=4, name="s")
    write_ablation(tmp_path / "sweeps" / "s-ablation", {"best": ({}, [0.5, 0.6])})
    arms = [{"label": "0001", "config": DEFAULTS}]
    question = {"of": "s", "candidates": arms, "runs": 2, "indifference": 0.005}
    write_sweep(tmp_path / "sweeps" / "s-sure", trials=0, name="s-sure", confirmation=question)
    record = Record(folder.record_path)
    certain = {"mean": 0.5, "low": 0.4, "high": 0.6, "runs": 2, "probability": 0.99, "decided": True}
    record.append(WinnerConfirmed(trial="0001", by="s-sure", **certain))
    record.close()
    return folder
