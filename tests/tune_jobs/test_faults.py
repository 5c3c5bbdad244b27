"""What may die at night: workers, drivers, files. Real processes, really killed; nothing is lost."""

from __future__ import annotations

import random
import signal
import time

import pytest

from reports.sweep_folder import SweepFolder
from tests.tune_jobs.sweeps import (
    SLOW,
    TINY,
    epochs_recorded,
    finish,
    launch_words,
    nothing_lost,
    wait_for,
    workers_of,
)

pytestmark = pytest.mark.slow


def test_a_worker_killed_in_mid_epoch_goes_on_from_its_checkpoint(command, folder):
    process = command(*launch_words("s", [*SLOW, "budget.reduction_factor=null", "budget.trials=3"]))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    victim = random.Random(0).choice(workers_of(process))
    victim.send_signal(signal.SIGKILL)
    finish(process)
    state = folder.state()
    nothing_lost(state, folder, asked=3)
    lost = [trial for trial in state.trials.values() if trial.starts == 2]
    assert len(lost) == 1
    assert {trial.reason for trial in state.trials.values()} == {"completed"}
    assert "its worker was lost (1 of at most 3 times)" in state.notes[0].text
    lines = folder.record_path.read_text().splitlines()
    epochs = [line for line in lines if '"event":"epoch"' in line and f'"trial":"{lost[0].trial}"' in line]
    assert len(epochs) == 4, "no epoch that was recorded is trained again"


def test_a_driver_killed_right_after_a_trials_end_is_recorded_does_not_run_it_again(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: folder.record_path.exists() and '"trial_ended"' in folder.record_path.read_text(), process)
    process.kill()
    before = folder.state()
    finish(command("resume", "s"))
    nothing_lost(before, folder, asked=6)
    for trial in before.finished:
        assert folder.state().trials[trial.trial].starts == trial.starts


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_whole_record_and_says_how_to_go_on(command, folder, number, code):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == code, output
    assert output.strip().splitlines()[-1].startswith("Go on with: tune resume s")
    assert "Traceback" not in output
    before = folder.state()
    assert before.end.reason == "interrupted"
    assert all(trial.reason for trial in before.trials.values())
    finish(command("resume", "s"))
    nothing_lost(before, folder, asked=6)


def test_a_second_ctrl_c_ends_at_once(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 1, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    before = folder.state()
    finish(command("resume", "s"))
    nothing_lost(before, folder, asked=6)


def test_stop_ends_a_running_sweep_from_another_terminal(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 2, process)
    assert "Stopped. Go on with: tune resume s" in finish(command("stop", "s"))
    output = finish(process)
    assert "Stopped, as asked." in output
    assert folder.state().end.reason == "stopped"
    before = folder.state()
    stopped_twice = command("stop", "s")
    assert "s is not running" in stopped_twice.communicate()[0]
    assert stopped_twice.returncode == 2
    finish(command("resume", "s"))
    nothing_lost(before, folder, asked=6)


def test_of_two_launches_of_one_name_exactly_one_starts(command, folder):
    two = [command(*launch_words("s", [*TINY, "budget.trials=2"])) for _ in range(2)]
    outputs = [process.communicate(timeout=150)[0] for process in two]
    assert sorted(process.returncode for process in two) == [0, 2], outputs
    refused = outputs[[process.returncode for process in two].index(2)]
    assert '"s" is running' in refused or '"s" exists' in refused
    nothing_lost(folder.state(), folder, asked=2)


def test_a_running_sweep_is_not_resumed_a_second_time(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 1, process)
    second = command("resume", "s")
    assert '"s" is running' in second.communicate(timeout=60)[0]
    assert second.returncode == 2
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_a_torn_last_line_of_the_record_is_dropped_and_the_sweep_goes_on(command, folder):
    process = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 4, process)
    process.kill()
    process.wait()
    with folder.record_path.open("a") as record:
        record.write('{"event":"epoch","trial":"00')
    assert "dropped a torn last line" in finish(command("resume", "s"))
    nothing_lost(folder.state(), folder, asked=6)


def test_a_record_damaged_in_its_middle_is_refused_with_the_line(command, folder):
    finish(command(*launch_words("s", [*TINY, "budget.trials=2"])))
    lines = folder.record_path.read_text().splitlines()
    lines[2] = lines[2][:20]
    folder.record_path.write_text("\n".join(lines) + "\n")
    before = folder.record_path.read_bytes()
    process = command("resume", "s", "--trials", "4")
    assert "record.jsonl: line 3 is damaged" in process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert folder.record_path.read_bytes() == before


def test_two_sweeps_at_once_do_not_disturb_each_other(command, tmp_path):
    two = [command(*launch_words(name, [*TINY, "budget.trials=3"])) for name in ("a", "b")]
    for process, name in zip(two, ("a", "b"), strict=True):
        finish(process)
        nothing_lost(SweepFolder(tmp_path / name).state(), SweepFolder(tmp_path / name), asked=3)


def test_files_are_readable_by_their_owner_alone(command, folder):
    finish(command(*launch_words("s", [*TINY, "budget.trials=1"])))
    for path in folder.path.rglob("*"):
        assert path.is_symlink() or not path.stat().st_mode & 0o077, path
