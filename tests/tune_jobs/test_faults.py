"""What may die at night: workers, drivers, files. Real processes, really killed; nothing is lost."""

from __future__ import annotations

import random
import signal
import time

import pytest
from filelock import FileLock

from reports.records.state import SweepState
from tests.tune_jobs.sweeps import (
    PATIENCE,
    SLOW,
    TINY,
    epochs_recorded,
    finish,
    launch_words,
    nothing_lost,
    still_so,
    wait_for,
    workers_of,
)

pytestmark = pytest.mark.slow


def test_a_worker_killed_in_mid_epoch_goes_on_from_its_checkpoint(command, folder):
    process = command(*launch_words("s", [*SLOW, "budget.reduction_factor=null", "budget.trials=3"]))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    victim = random.Random(0).choice(workers_of(process))
    victim.send_signal(signal.SIGKILL)
    said = finish(process)
    assert "its worker was lost (1 of at most 3 times); it goes on from its checkpoint." in said
    assert "(raylet)" not in said, "Ray's own paragraphs"
    state = folder.state()
    nothing_lost(state, folder, requested=3)
    lost = [trial for trial in state.trials.values() if trial.starts == 2]
    assert len(lost) == 1
    assert {trial.reason for trial in state.trials.values()} == {"completed"}
    assert "its worker was lost (1 of at most 3 times)" in state.notes[0].text
    lines = folder.record_path.read_text().splitlines()
    epochs = [line for line in lines if '"event":"epoch"' in line and f'"trial":"{lost[0].trial}"' in line]
    assert len(epochs) == 4, "no epoch that was recorded is trained again"


def test_a_driver_killed_right_after_a_trials_end_does_not_run_it_again_though_newer_checkpoints_are_cut(
    command, folder
):
    process = command(*launch_words("s", [*SLOW, "budget.reduction_factor=null"]))
    wait_for(lambda: folder.record_path.exists() and '"trial_ended"' in folder.record_path.read_text(), process)
    wait_for(lambda: _live_checkpoints(folder.state(), folder), process)
    process.kill()
    process.wait()
    before = folder.state()
    cut = _live_checkpoints(before, folder)
    for path in cut:
        with FileLock(path.with_name(".lock")).acquire(timeout=60):  # its worker lives on for a moment
            path.write_bytes(path.read_bytes()[:100])
    finish(command("resume", "s"))
    nothing_lost(before, folder, requested=6)
    noted = {note.trial for note in folder.state().notes if "last.pt: not a whole checkpoint" in note.text}
    assert noted == {path.parent.name for path in cut} != set()
    for trial in before.finished:
        assert folder.state().trials[trial.trial].starts == trial.starts


def _live_checkpoints(state, folder):
    live = [trial.trial for trial in state.trials.values() if not trial.finished]
    return [path for name in live if (path := folder.trial_path(name) / "last.pt").exists()]


def test_a_sweep_that_is_ended_in_every_way_goes_on_each_time(command, folder):
    process = command(*launch_words("s", [*SLOW, "budget.trials=16"]))
    seen = SweepState()
    for end in (by_sigint, by_sigterm, by_stop, by_a_second_ctrl_c):
        known = epochs_recorded(folder)
        wait_for(lambda known=known: epochs_recorded(folder) > known, process)
        end(process, command, folder)
        before, seen = seen, folder.state()
        still_so(before, seen)
        process = command("resume", "s")
    process.kill()
    process.wait()
    with folder.record_path.open("a") as record:
        record.write('{"event":"epoch","trial":"00')
    assert "dropped a torn last line" in finish(command("resume", "s"))
    nothing_lost(seen, folder, requested=16)


def by_sigint(process, command, folder):
    process.send_signal(signal.SIGINT)
    ended_in_order(process, folder, 130)


def by_sigterm(process, command, folder):
    process.send_signal(signal.SIGTERM)
    ended_in_order(process, folder, 143)


def ended_in_order(process, folder, code):
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, output
    assert output.strip().splitlines()[-1].startswith("Go on with: tune resume s")
    assert "Traceback" not in output
    state = folder.state()
    assert state.end.reason == "interrupted"
    assert all(trial.reason for trial in state.trials.values())


def by_stop(process, command, folder):
    """From another terminal, where it cannot be resumed while it runs."""
    second = command("resume", "s")
    assert '"s" is running' in second.communicate(timeout=PATIENCE)[0]
    assert second.returncode == 2
    assert "Stopped. Go on with: tune resume s" in finish(command("stop", "s"))
    assert "Stopped, as asked." in finish(process)
    assert folder.state().end.reason == "stopped"
    again = command("stop", "s")
    assert "s is not running" in again.communicate(timeout=PATIENCE)[0]
    assert again.returncode == 2


def by_a_second_ctrl_c(process, command, folder):
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode in (130, -signal.SIGINT)


def test_of_two_launches_of_one_name_exactly_one_starts(command, folder):
    two = [command(*launch_words("s", [*TINY, "budget.trials=2"])) for _ in range(2)]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in two]
    assert sorted(process.returncode for process in two) == [0, 2], outputs
    refused = outputs[[process.returncode for process in two].index(2)]
    assert '"s" is running' in refused or '"s" exists' in refused
    nothing_lost(folder.state(), folder, requested=2)


def test_files_are_their_owners_alone_and_a_record_damaged_in_its_middle_is_refused_with_the_line(command, folder):
    finish(command(*launch_words("s", [*TINY, "budget.trials=1"])))
    for path in [folder.path, *folder.path.rglob("*")]:
        assert path.is_symlink() or not path.stat().st_mode & 0o077, path
    ours = {".lock", "gallery", "record.jsonl", "report.html", "study.journal", "sweep.json", "trials"}
    assert {path.name for path in folder.path.iterdir()} == {*ours, "trials.csv", "trials.parquet"}, "nothing of Ray's"
    lines = folder.record_path.read_text().splitlines()
    lines[2] = lines[2][:20]
    folder.record_path.write_text("\n".join(lines) + "\n")
    before = folder.record_path.read_bytes()
    process = command("resume", "s", "--trials", "4")
    assert "record.jsonl: line 3 is damaged" in process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 2
    assert folder.record_path.read_bytes() == before
