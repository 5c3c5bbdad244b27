"""A record as lines for people."""

import threading

import pytest

from reports.records.errors import SweepError
from reports.records.record import Note, Record, SweepEnded, TrialEnded
from tests.reports.sweeps import write_sweep
from tune_jobs.housekeeping import logs
from tune_jobs.housekeeping.logs import log_lines
from tune_jobs.storage.sweep_folders import hold


def test_every_event_is_a_line_in_its_order(sweep):
    lines = list(log_lines(sweep))
    assert len(lines) == len([line for line in sweep.record_path.read_text().splitlines() if line])
    said = [line.split("  ", 1)[1] for line in lines]
    assert said[0].startswith("sweep started: ")
    assert any(line.startswith("trial 0001 started on laptop, slot 1: lr=") for line in said)
    assert any(line.startswith("trial 0000 epoch 1: val_miou 0.") and "_iou_" not in line for line in said)
    assert any(line.startswith("trial 0001 pruned at epoch ") and ", cut at 0.2000 among 5" in line for line in said)
    assert said[-1] == "trial 0001 is the winner by s-sure (probability 0.99)"


def test_of_one_trial_there_is_the_whole_error(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=2, failing=1.0)
    assert "\n" not in next(line for line in log_lines(sweep) if "failed: ValueError: Expected" in line)
    lines = list(log_lines(sweep, "0001"))
    assert len(lines) == 2
    assert "Traceback (most recent call last)" in lines[1]
    with pytest.raises(SweepError, match="--trial 9: s has no such trial; there are 0000, 0001"):
        list(log_lines(sweep, "9"))


def test_a_running_sweep_is_followed_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_POLL_SECONDS", 0.02)
    sweep = write_sweep(tmp_path / "s", trials=1, ended=False)
    lock, told = hold(sweep), threading.Event()
    lines = []

    def follow():
        for line in log_lines(sweep, follow=True):
            lines.append(line)
            told.set()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        assert told.wait(60)
        record = Record(sweep.record_path)
        record.append(Note(text="a worker was lost", trial="0000"))
        record.append(TrialEnded(trial="0000", reason="completed"))
        record.append(SweepEnded(reason="completed"))
        record.close()
    finally:
        lock.release()
    thread.join(60)
    assert [line.split("  ", 1)[1] for line in lines[-3:]] == [
        "trial 0000: a worker was lost",
        "trial 0000 completed",
        "sweep ended: completed",
    ]
    assert lines == list(log_lines(sweep)), "each once"
