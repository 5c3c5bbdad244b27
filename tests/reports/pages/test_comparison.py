"""Sweeps side by side."""

from __future__ import annotations

import pytest

from reports.pages.comparison import write_comparison
from reports.records.errors import SweepError
from tests.reports.sweeps import DOCUMENT, write_sweep


def test_sweeps_side_by_side_say_why_they_may_not_compare(tmp_path):
    one = write_sweep(tmp_path / "one", trials=9)
    other = write_sweep(tmp_path / "other", trials=6, data={**DOCUMENT["data"], "fingerprint": "1"})
    text = write_comparison([one, other], tmp_path / "c.html").read_text()
    assert "different images" in text
    assert "is ahead" not in text
    assert text.count("plotly.js v") == 1
    same = write_comparison([one, write_sweep(tmp_path / "third", trials=30)], tmp_path / "d.html").read_text()
    assert "is ahead with val_miou" in same
    with pytest.raises(SweepError, match="2 to 6 different sweeps, got one"):
        write_comparison([one], tmp_path / "e.html")
