"""Which sweeps there are, and who holds one."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, find_sweep, list_sweeps
from tests.reports.sweeps import write_sweep


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "a" * 65, "a\nb", "%2e%2e", "a\0"])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(SweepError, match="is not a sweep's name"):
        find_sweep(tmp_path, name)


def test_an_unknown_sweep_is_refused_with_those_there_are(tmp_path):
    write_sweep(tmp_path / "one", trials=1)
    with pytest.raises(SweepError, match=r"no sweep called 'two' here. Sweeps: one"):
        find_sweep(tmp_path, "two")
    assert find_sweep(tmp_path, "one") == SweepFolder(tmp_path / "one")
    assert list_sweeps(tmp_path / "nowhere") == []


def test_a_folder_without_its_question_is_no_sweep(tmp_path: Path):
    (tmp_path / "half").mkdir()
    assert list_sweeps(tmp_path) == []
