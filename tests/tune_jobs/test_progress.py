"""What a person sees while a sweep runs, in a terminal as wide as most are."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from reports.records.record import EpochEnded, Note, SweepStarted, TrialEnded, TrialStarted
from reports.records.state import SweepState, apply
from search_spaces.loading import load
from tune_jobs.progress import Dashboard, TerminalProgress
from tune_jobs.resources.slots import Slots

SPACE = load("seg_unet")


def a_state(finished: int) -> SweepState:
    state = SweepState()
    apply(state, SweepStarted(trials=24, slots=2))
    for number in range(finished + 1):
        trial = f"{number:04d}"
        config = SPACE.trial_config({**SPACE.default(), "lr": 0.001234}, seed=0).model_dump(mode="json")
        apply(state, TrialStarted(trial=trial, config=config, node="n", slot=0))
        metrics = {SPACE.objective.metric: 0.1 + number / 100}
        apply(state, EpochEnded(trial=trial, epoch=1, metrics=metrics, seconds={"train": 250}))
        if number < finished:
            apply(state, TrialEnded(trial=trial, reason="pruned"))
    return state


@pytest.mark.parametrize("terminal", [True, False])
def test_what_the_pre_flight_finds_is_said_at_once_and_other_notes_are_not(terminal):
    screen, state = Console(file=io.StringIO(), width=80, force_terminal=terminal), a_state(1)
    apply(state, Note(text="Pre-flight: of an earlier driver"))
    with TerminalProgress(screen).watch(SPACE)(state, Slots(2, 1, 0.0)):
        apply(state, Note(text="its worker was lost", trial="0000"))
        apply(state, Note(text="Pre-flight: look at the learning rate", trial="0000"))
    said = screen.file.getvalue()
    assert "Warning: Pre-flight: look at the learning rate" in said
    assert "worker was lost" not in said
    assert "earlier driver" not in said


def test_a_terminal_that_cannot_go_back_has_a_line_a_trial(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen, state = Console(file=io.StringIO(), width=80, force_terminal=True), a_state(1)
    with TerminalProgress(screen).watch(SPACE)(state, Slots(2, 1, 0.0)):
        apply(state, TrialEnded(trial="0001", reason="completed"))
    assert "[2/24] trial 0001 completed after epoch 1" in screen.file.getvalue()


@pytest.mark.parametrize("finished", [0, 12, 23])
def test_the_live_table_fits_a_terminal_of_80_columns(finished):
    screen = Console(file=io.StringIO(), width=80)
    screen.print(Dashboard(a_state(finished), SPACE, Slots(2, 1, 0.0)))
    lines = screen.file.getvalue().splitlines()
    assert lines[0].startswith(f"{finished} of 24 trials")
    assert f"{finished} pruned  best val_miou 0.{10 + finished}00 (00{finished:02d})" in lines[0]
    assert lines[1].startswith("0 s gone, about ")
    assert lines[2].split() == ["trial", "state", "epoch", "val_miou", "settings"]
    assert len(lines) == 4 + min(finished, 3), "one line a trial: the running one and the best three"
