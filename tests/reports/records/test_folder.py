"""Which sweeps there are, and who holds one."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

import pytest
from filelock import FileLock

from reports.records.errors import DamagedError, SweepError
from reports.records.folder import LEASE_SECONDS, SweepFolder, find_sweep, is_running, list_sweeps, other_driver
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


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "it does not say what was asked"), ('{"name": "s"}', "command"), ("[" * 2000, "what was asked")],
)
def test_a_question_that_cannot_be_read_is_refused_with_its_file(tmp_path, text, reason):
    folder = write_sweep(tmp_path / "s", trials=0)
    folder.spec_path.write_text(text)
    with pytest.raises(DamagedError, match=rf"sweep\.json: cannot be read \(.*{reason}"):
        folder.spec()


def test_a_sweep_runs_while_its_lock_is_held(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    assert not is_running(folder)
    with FileLock(folder.lock_path):
        assert is_running(SweepFolder(folder.path))
    assert not is_running(folder)


def test_a_driver_elsewhere_holds_the_sweep_while_its_lease_is_fresh(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)

    def lease(**changes):
        folder.lease_path.write_text(json.dumps({"host": "elsewhere", "pid": 1, "time": time.time(), **changes}))
        return other_driver(folder)

    assert lease() == "elsewhere"
    assert is_running(folder)
    assert lease(time=time.time() - 2 * LEASE_SECONDS) is None
    assert lease(host=platform.node(), pid=os.getpid()) == platform.node()
    assert lease(host=platform.node(), pid=2**22 + 1) is None, "that process is gone"
    folder.lease_path.write_text("{")
    assert other_driver(folder) is None


def test_a_link_that_leaves_the_storage_is_not_listed(tmp_path):
    write_sweep(tmp_path / "elsewhere" / "s", trials=0)
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "link").symlink_to(tmp_path / "elsewhere" / "s")
    assert list_sweeps(tmp_path / "storage") == []
    with pytest.raises(SweepError, match="a link that leaves"):
        find_sweep(tmp_path / "storage", "link")
