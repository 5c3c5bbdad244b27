"""What a person is told from the first line of a sweep on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from reports.records.record import Note, TrialEnded
from reports.records.state import apply
from tests.reports.sweeps import SPEC, write_sweep
from tests.tune_jobs.watched import a_state
from tune_jobs.progress import TerminalProgress
from tune_jobs.resources.slots import Slots


@pytest.mark.parametrize("terminal", [True, False])
def test_the_pre_flights_finding_and_lost_workers_are_said_at_once_and_other_notes_are_not(terminal):
    screen, state = Console(file=io.StringIO(), width=80, force_terminal=terminal), a_state(1)
    apply(state, Note(text="Pre-flight: of an earlier driver"))
    with TerminalProgress(screen).watch(SPEC)(state, Slots(2, 1, 0.0)):
        apply(state, Note(text="its worker was lost (1 of at most 3 times)", trial="0000"))
        apply(state, Note(text="last.pt: not a whole checkpoint", trial="0000"))
        apply(state, Note(text="Pre-flight: look at the learning rate", trial="0000"))
    said = screen.file.getvalue()
    assert "Warning: Pre-flight: look at the learning rate" in said
    assert "Trial 0000: its worker was lost (1 of at most 3 times)." in said
    assert "not a whole checkpoint" not in said
    assert "earlier driver" not in said


@pytest.mark.parametrize("width", [40, 80])
def test_a_launch_is_told_of_without_a_break_within_a_word_or_a_path(tmp_path, width):
    folder = write_sweep(tmp_path / "a sweep of some length" / "camvid", trials=0)
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    TerminalProgress(screen).begins(folder, folder.spec(), 1)
    *sentence, where = screen.file.getvalue().splitlines()
    assert where == f"Folder: {folder.path}"
    said = "Sweep camvid: U-Net on street scenes; 1 trial of at most 9 epochs; 4 knobs."
    assert " ".join(line.strip() for line in sentence) == said
    assert all(len(line) <= width for line in sentence)


def test_a_terminal_that_cannot_go_back_has_a_line_a_trial(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen, state = Console(file=io.StringIO(), width=80, force_terminal=True), a_state(1)
    with TerminalProgress(screen).watch(SPEC)(state, Slots(2, 1, 0.0)):
        apply(state, TrialEnded(trial="0001", reason="completed"))
    assert "[2/24] trial 0001 completed after epoch 1" in screen.file.getvalue()
