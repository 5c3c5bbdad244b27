"""The disk of temporary files, where Ray keeps its own: full at the start, or filled while a sweep runs."""

from __future__ import annotations

import contextlib
import subprocess

import pytest

from reports.records.errors import SweepError
from tests.small_disk import disk_of
from tests.tune_jobs.sweeps import PATIENCE, SLOW, epochs_recorded, finish, launch_words, nothing_lost, wait_for
from tune_jobs.environment import refuse_without_scratch
from tune_jobs.storage.faults import fault_behind


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 MB."""
    with disk_of("200m", tmp_path / "disk") as disk:
        yield disk


def fill(disk):
    with contextlib.suppress(OSError), (disk / "hog").open("wb", buffering=0) as hog:
        while hog.write(bytes(4096)):
            pass


def test_a_full_or_read_only_disk_of_temporary_files_is_one_line(small_disk, tmp_path):
    refuse_without_scratch(small_disk / "not there yet", small_disk)
    fill(small_disk)
    with pytest.raises(SweepError, match="disk: 0 MB free, and Ray keeps its files there; make room, or set"):
        refuse_without_scratch(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(SweepError, match=r"disk: cannot be written \(Read-only file system\), and Ray keeps its files"):
        refuse_without_scratch(tmp_path, shared=small_disk)


def test_a_fault_of_the_disk_is_found_however_it_was_wrapped(small_disk):
    fill(small_disk)

    def wrapped():
        try:
            (small_disk / "more").write_bytes(bytes(5000))
        except OSError as error:
            raise RuntimeError("something went wrong") from error

    with pytest.raises(RuntimeError) as raised:
        wrapped()
    assert "No space left" in fault_behind(raised.value).strerror
    assert fault_behind(RuntimeError("of another cause")) is None


@pytest.mark.slow
def test_a_disk_of_temporary_files_that_fills_while_a_sweep_runs_costs_nothing(
    command, small_disk, folder, monkeypatch
):
    with monkeypatch.context() as environment:
        environment.setenv("TMPDIR", str(small_disk))
        process = command(*launch_words("s", [*SLOW, "budget.trials=4"]))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    fill(small_disk)
    output, _ = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in output
    assert process.returncode in (0, 4), output  # it pauses where Ray has to start a worker anew
    before = folder.state()
    assert not any(trial.reason == "failed" for trial in before.trials.values())
    if process.returncode == 4:
        assert "No space left on device" in output
        finish(command("resume", "s"))
    nothing_lost(before, folder, requested=4)
