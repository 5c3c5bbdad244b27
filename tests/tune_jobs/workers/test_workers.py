"""Workers that hang, die again and again, or are killed for their memory; sweeps that share a machine."""

from __future__ import annotations

import contextlib
import signal
import time

import psutil
import pytest

import cnnmodels.training
from cnnmodels.data import DataSpec, load
from reports.records.folder import SweepFolder
from search_spaces.budget import Budget
from tests.tune_jobs.sweeps import (
    PATIENCE,
    SLOW,
    TINY,
    epochs_recorded,
    finish,
    launch_words,
    nothing_lost,
    wait_for,
    worker_of,
    workers_of,
)
from tune_jobs.search.hang_timeout import hang_timeout
from tune_jobs.search.messages import FailureMessage
from tune_jobs.workers.trainable import TrialContext, run_trial

pytestmark = pytest.mark.slow


def test_a_worker_that_hangs_is_killed_and_its_trial_goes_on(command, folder):
    process = command(*launch_words("s", [*SLOW, "budget.epoch_limit=15", "budget.trials=3"]))
    wait_for(lambda: epochs_recorded(folder) >= 2, process)
    workers_of(process)[0].send_signal(signal.SIGSTOP)
    finish(process)
    nothing_lost(folder.state(), folder, requested=3)
    assert any("no report for 15 s" in note.text for note in folder.state().notes)


def test_a_trial_whose_worker_dies_four_times_has_failed_and_the_others_finish(command, folder):
    process = command(*launch_words("s", [*SLOW, "budget.reduction_factor=null", "budget.trials=3"]))
    for deaths in range(4):
        wait_for(lambda: _starts(folder, "0001") > deaths and worker_of(process, folder, "0001") is not None, process)  # noqa: B023
        worker_of(process, folder, "0001").kill()
    finish(process)
    state = folder.state()
    nothing_lost(state, folder, requested=3)
    assert state.trials["0001"].reason == "failed"
    assert state.trials["0001"].error.startswith("its worker was lost 4 times")
    assert {state.trials[name].reason for name in ("0000", "0002")} == {"completed"}


def test_a_lost_worker_is_replaced_once_though_trials_are_shorter_than_a_workers_start(command, folder):
    trivial = ["data.image_size=[8,8]", "budget.max_epochs=1", "budget.reduction_factor=null", "budget.trials=200"]
    process = command(*launch_words("s", [*TINY, *trivial]))
    wait_for(lambda: len(_ended(folder)) >= 10, process)
    at_work: list[psutil.Process] = []
    wait_for(lambda: bool(at_work.extend(workers_of(process)) or at_work), process)  # between trials it has no task
    at_work[0].kill()
    seen: set[int] = set()
    while process.poll() is None:
        seen |= {child.pid for child in psutil.Process(process.pid).children(recursive=True) if _is_worker(child)}
        time.sleep(0.05)
    finish(process)
    nothing_lost(folder.state(), folder, requested=200)
    assert len(seen) <= 4, "the one that lives, the one for the one that was lost, and what Ray has at hand"


def test_trials_that_a_node_low_on_memory_kills_have_failed_by_it_and_the_sweep_says_so(command, folder, monkeypatch):
    monkeypatch.setenv("RAY_memory_usage_threshold", "0.01")  # every machine is low on memory
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "100")
    process = command(*launch_words("s", [*SLOW, "budget.max_failures=2"]))
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3, output
    assert "Ended, because trial after trial failed with the same error." in output
    assert "Traceback" not in output
    ended = folder.state().trials.values()
    assert {(trial.reason, trial.error) for trial in ended if trial.finished} == {
        ("failed", "its worker was killed, because its node ran low on memory")
    }
    monkeypatch.delenv("RAY_memory_usage_threshold")
    before = folder.state()
    finish(command("resume", "s"))  # with memory again
    nothing_lost(before, folder, requested=6)


def _ended(folder: SweepFolder) -> list[str]:
    if not folder.record_path.exists():
        return []
    return [line for line in folder.record_path.read_text().splitlines() if '"trial_ended"' in line]


def _is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()[:1] != [] and process.cmdline()[0].startswith("ray::")
    return False


def _starts(folder: SweepFolder, trial: str) -> int:
    if not folder.record_path.exists():
        return 0
    lines = folder.record_path.read_text().splitlines()
    return sum('"trial_started"' in line and f'"trial":"{trial}"' in line for line in lines)


@pytest.mark.parametrize("leave", [SystemExit(0), MemoryError("no memory left"), RuntimeError("broken")])
def test_whatever_a_trial_raises_is_its_result(tmp_path, monkeypatch, leave):
    def leaving(*args, **kwargs):
        raise leave
        yield

    monkeypatch.setattr(cnnmodels.training, "fit", leaving)
    spec = DataSpec(name="streets", images=10, image_size=(24, 32))
    fingerprint = load(spec, tmp_path / "cache", "segmentation").fingerprint
    (tmp_path / "trials").mkdir()
    context = TrialContext(
        uri=None,
        trials=tmp_path / "trials",
        data=spec,
        cache=tmp_path / "cache",
        fingerprint=fingerprint,
        metric="val_miou",
        mode="max",
        threads=1,
    )
    (message,) = run_trial("0000", {"task": "segmentation", "model": "unet"}, context)
    assert isinstance(message, FailureMessage)
    assert message.error.startswith(type(leave).__name__)


def test_how_long_a_trial_may_be_silent():
    assert hang_timeout(None, Budget()) == 3600
    assert hang_timeout(1.0, Budget()) == 600
    assert hang_timeout(300.0, Budget()) == 3000
    assert hang_timeout(300.0, Budget(epoch_limit=7)) == 7


def test_two_sweeps_at_once_never_run_more_trials_than_there_are_cores(command, tmp_path):
    two = [command(*launch_words(name, [*TINY, "budget.trials=4", "resources.cpus=1"])) for name in ("a", "b")]
    most = 0
    deadline = time.monotonic() + 150
    while any(process.poll() is None for process in two) and time.monotonic() < deadline:
        folders = [SweepFolder(tmp_path / name) for name in ("a", "b")]
        states = [folder.state() for folder in folders if folder.record_path.exists()]
        running = sum(trial.reason is None for state in states for trial in state.trials.values())
        most = max(most, running)
        time.sleep(0.1)
    for process, name in zip(two, ("a", "b"), strict=True):
        finish(process)
        nothing_lost(SweepFolder(tmp_path / name).state(), SweepFolder(tmp_path / name), requested=4)
    import os

    assert 1 <= most <= os.cpu_count() + 1  # an end and a start may stand in two records at once
