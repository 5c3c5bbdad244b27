"""The disk fills, goes, or turns read-only while a sweep runs: it pauses with exit code 4, whole, and is resumed."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess

import pytest

from cnnmodels.disk_space import refuse_full, reserve_bytes
from reports.records.folder import SweepFolder
from tests.small_disk import disk_of
from tests.tune_jobs.sweeps import PATIENCE, SLOW, epochs_recorded, finish, launch_words, nothing_lost, wait_for
from tune_jobs.storage.faults import is_storage_fault, trouble

EXIT_PAUSED = 4


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 60 MB where sweeps are kept."""
    with disk_of("60m", tmp_path / "disk") as disk:
        yield disk


def paused(process, *any_of):
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == EXIT_PAUSED, output
    assert "Paused: " in output
    assert any(text in output for text in any_of), output
    assert "Traceback" not in output
    return output


@pytest.mark.slow
def test_a_disk_that_fills_pauses_the_sweep_and_with_room_it_completes(command, small_disk):
    folder = SweepFolder(small_disk / "s")
    process = command(*launch_words("s", SLOW), "--storage", str(small_disk))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    with contextlib.suppress(OSError), (small_disk / "hog").open("wb") as hog:
        while True:
            hog.write(bytes(100_000))
            hog.flush()
    output = paused(process, "")
    assert f"tune resume s --storage {small_disk}" in output
    (small_disk / "hog").unlink()
    before = folder.state()
    assert not any(trial.reason == "failed" for trial in before.trials.values()), "no trial fails by the disk"
    finish(command("resume", "s", "--storage", str(small_disk)))
    nothing_lost(before, folder, requested=6)


class Disk:
    """A file with ext4 in it, mounted; what was not synced is lost when it fails, as with a real one."""

    def __init__(self, file, path):
        self._file, self.path = file, path
        path.mkdir()
        file.write_bytes(b"")
        os.truncate(file, 60_000_000)
        self._run("mkfs.ext4", "-q", file)
        self.mount()

    def mount(self):
        self._run("mount", "-o", "loop", self._file, self.path)

    def fail(self):
        """As after an error of the device: read-only from now on, whatever is open."""
        self._run("mount", "-o", "remount,abort", self.path)

    def unmount(self):
        self._run("umount", self.path)

    def _run(self, *words):
        subprocess.run([str(word) for word in words], capture_output=True, check=True)


@pytest.fixture
def disk(tmp_path):
    try:
        disk = Disk(tmp_path / "disk.ext4", tmp_path / "mounted")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a disk of its own can only be made and mounted by root")
    yield disk
    disk.unmount()


@pytest.mark.slow
def test_a_disk_that_turns_read_only_pauses_the_sweep_and_what_it_had_synced_is_there_again(command, disk):
    folder = SweepFolder(disk.path / "s")
    process = command(*launch_words("s", SLOW), "--storage", str(disk.path))
    wait_for(lambda: epochs_recorded(folder) >= 3 and folder.state().finished, process)
    before = folder.state()
    disk.fail()
    paused(process, "Read-only file system", "Input/output error")  # an ext4 that is aborted may say either
    disk.unmount()
    disk.mount()
    finish(command("resume", "s", "--storage", str(disk.path)))
    nothing_lost(before, folder, requested=6)


@pytest.mark.slow
def test_a_folder_that_goes_pauses_the_sweep_and_nothing_is_made_in_its_place(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    away = folder.path.with_name("away")
    folder.path.rename(away)
    paused(process, "")  # the driver says that it is gone, or a worker that a file is not there, whoever sees it first
    assert not folder.path.exists()
    away.rename(folder.path)
    before = folder.state()
    finish(command("resume", "s"))
    nothing_lost(before, folder, requested=6)


def test_which_errors_are_the_disks():
    assert is_storage_fault(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_storage_fault(OSError(errno.EINVAL, "Invalid argument"))
    assert not is_storage_fault(OSError("an image file is truncated"))


def test_a_sweep_that_cannot_fit_is_refused_with_what_it_needs_and_what_is_free(tmp_path):
    assert refuse_full(tmp_path / "not" / "there" / "yet", 0) is None
    assert "needs about 1,000,000.0 GB" in refuse_full(tmp_path, 1e15)
    assert reserve_bytes(60_000_000) == pytest.approx(3_000_000)
    assert reserve_bytes(10**13) == 500_000_000


def test_a_folder_of_a_sweep_is_well_until_it_is_gone(tmp_path):
    folder = SweepFolder(tmp_path / "s")
    assert trouble(folder) == f"{folder.path} is gone"
    folder.path.mkdir()
    folder.record_path.write_text("")
    folder.spec_path.write_text("{}")
    assert trouble(folder) is None
