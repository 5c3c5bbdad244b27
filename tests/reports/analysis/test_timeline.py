"""Where the time of each slot went."""

import pytest

from reports.analysis.timeline import minutes_by_phase, timeline
from reports.records.record import EpochEnded, SweepEnded, SweepStarted, TrialEnded, TrialStarted

SECONDS = {"data": 1.0, "train": 6.0, "validate": 2.0, "checkpoint": 1.0, "other": 0.0}


def started(at, trial, slot=0):
    return TrialStarted(time=at, trial=trial, config={}, node="box", slot=slot)


def epoch(at, trial, number=1):
    return EpochEnded(time=at, trial=trial, epoch=number, metrics={}, seconds=SECONDS)


def spent(events):
    return {phase: minutes * 60 for phase, minutes in minutes_by_phase(timeline(events)).items()}


def test_what_comes_before_the_first_epoch_is_start_up_and_gaps_are_idle():
    events = [
        SweepStarted(time=0, trials=2, slots=1),
        started(5, "0000"),
        epoch(25, "0000"),
        epoch(35, "0000", 2),
        TrialEnded(time=35, trial="0000", reason="completed"),
        SweepEnded(time=40, reason="completed"),
    ]
    phases = spent(events)
    assert phases["start-up"] == pytest.approx(10)  # 5 to 15
    assert phases["training"] == pytest.approx(12)
    assert phases["validation"] == pytest.approx(4)
    assert phases["data"] == pytest.approx(2)
    assert phases["checkpoint"] == pytest.approx(2)
    assert phases["idle"] == pytest.approx(10)  # before the trial, and after it
    assert sum(phases.values()) == pytest.approx(40)


def test_between_two_drivers_nobody_is_idle():
    events = [
        SweepStarted(time=0, trials=2, slots=1),
        started(0, "0000"),
        epoch(10, "0000"),
        SweepStarted(time=1000, trials=2, slots=1, resumed=True),
        started(1000, "0000"),
        epoch(1010, "0000", 2),
        SweepEnded(time=1010, reason="completed"),
    ]
    assert spent(events)["idle"] == pytest.approx(0, abs=1e-6)


def test_phases_of_a_slot_never_overlap_though_a_clock_jumps_back():
    events = [
        SweepStarted(time=0, trials=1, slots=1),
        started(0, "0000"),
        epoch(12, "0000"),
        epoch(-3000, "0000", 2),
        epoch(30, "0000", 3),
        SweepEnded(time=31, reason="completed"),
    ]
    table = timeline(events).sort_values("begin")
    assert (table["end"] >= table["begin"]).all()


def test_slots_are_told_apart_by_node_and_number():
    events = [SweepStarted(time=0, trials=2, slots=2)]
    events += [started(0, "0000"), started(0, "0001", slot=1), epoch(10, "0000"), epoch(11, "0001")]
    assert set(timeline(events)["slot"]) == {"box 0", "box 1"}


def test_an_empty_record_has_an_empty_timeline():
    assert timeline([]).empty
