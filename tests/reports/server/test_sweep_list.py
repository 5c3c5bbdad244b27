"""Every sweep in a line, read again only when it changed."""

from __future__ import annotations

import pytest

from reports.server.kept import TurnOfReading
from reports.server.sweep_list import SweepList, version_of
from tests.reports.sweeps import add_gallery, add_note, write_sweep


def test_a_list_that_is_not_read_yet_is_shown_as_far_as_it_is_known(tmp_path):
    for number in range(4):
        write_sweep(tmp_path / f"s{number}", trials=3)
    overviews = SweepList(tmp_path, TurnOfReading())
    assert [line.row for line in overviews.lines(patience_seconds=-1)] == [None] * 4
    assert all(line.row for line in overviews.lines(patience_seconds=60))
    assert all(line.row for line in overviews.lines(patience_seconds=-1)), "nothing changed, so nothing is read"


def test_a_line_says_what_was_trained_and_how_the_best_went(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=30)
    (line,) = SweepList(tmp_path, TurnOfReading()).lines(patience_seconds=60)
    assert line.epochs == sum(len(trial.epochs) for trial in folder.state().trials.values())
    assert line.slot_seconds == pytest.approx(5.0 * line.epochs)
    assert line.progress == sorted(line.progress)
    assert line.progress[-1] == line.row.best
    assert len(line.progress) <= 130, "thinned for a small picture"


def test_a_damaged_sweep_is_a_line_too(tmp_path):
    write_sweep(tmp_path / "s", trials=2).record_path.write_text("{}\n{}\n")
    (line,) = SweepList(tmp_path, TurnOfReading()).lines(patience_seconds=60)
    assert (line.row.state, line.epochs) == ("damaged", 0)


def test_the_newest_sweep_comes_first(tmp_path):
    for name, created in (("old", 1.0), ("new", 3.0), ("middle", 2.0)):
        write_sweep(tmp_path / name, trials=1, created=created)
    assert [line.name for line in SweepList(tmp_path, TurnOfReading()).lines(patience_seconds=60)] == [
        "new",
        "middle",
        "old",
    ]


def test_a_version_changes_with_the_record_and_with_the_pictures(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    seen = [version_of(folder)]
    add_note(folder, "something")
    seen.append(version_of(folder))
    add_gallery(folder)
    seen.append(version_of(folder))
    assert len(set(seen)) == 3
    assert version_of(folder) == seen[-1]
