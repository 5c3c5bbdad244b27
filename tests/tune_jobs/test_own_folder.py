"""The folder of a driver is its user's alone, and goes with it, at the latest when the next one comes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tune_jobs.own_folder import own_folder

DRIVER = "from tune_jobs.own_folder import own_folder\nwith own_folder() as f: print(f, flush=True); input()"


@pytest.fixture(autouse=True)
def above(tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    return tmp_path


def test_nobody_else_may_enter_it_and_it_goes_at_the_end(above):
    with own_folder() as folder:
        assert folder.parent == above
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "r" / "session").mkdir(parents=True)
    assert list(above.iterdir()) == []


def test_what_a_killed_driver_left_is_removed_by_the_next_one_and_nothing_else_is(above):
    dead, living = (
        subprocess.Popen([sys.executable, "-c", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    )
    left, kept = (process.stdout.readline().strip() for process in (dead, living))
    dead.kill()
    dead.wait()
    (above / "cnn-tune-notes").mkdir()  # a person's own
    for name, age in (("cnn-tune-ray-abcd1234", 2 * 86_400), ("cnn-tune-ray-efgh5678", 60)):  # of older versions
        (above / name).mkdir()
        os.utime(above / name, times=(time.time() - age,) * 2)
    with own_folder() as folder:
        names = {path.name for path in above.iterdir()}
    assert names == {folder.name, kept.rpartition("/")[2], "cnn-tune-notes", "cnn-tune-ray-efgh5678"}
    assert not os.path.exists(left)  # noqa: PTH110
    living.communicate("\n", timeout=60)
    for pipe in (dead.stdin, dead.stdout):
        pipe.close()
