"""Every sweep in a line, read again only when it changed."""

from __future__ import annotations

from reports.server.sweep_list import SweepList
from tests.reports.sweeps import write_sweep


def test_a_list_that_is_not_read_yet_is_shown_as_far_as_it_is_known(tmp_path):
    for number in range(4):
        write_sweep(tmp_path / f"s{number}", trials=3)
    overviews = SweepList(tmp_path)
    assert [line.row for line in overviews.lines(patience_seconds=-1)] == [None] * 4
    assert all(line.row for line in overviews.lines(patience_seconds=60))
    assert all(line.row for line in overviews.lines(patience_seconds=-1)), "nothing changed, so nothing is read"
