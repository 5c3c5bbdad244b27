"""What a newer version wrote is read as far as it is understood, and never written to."""

from __future__ import annotations

import json

import pytest

from reports.analysis.summary import newer_sentence, overview
from reports.pages.report import render
from reports.records.errors import DamagedError, NewerError, RecordError, SweepError
from reports.records.newer import FORMAT
from reports.records.record import Note, Record, read_events
from tests.reports.sweeps import DEFAULTS, DOCUMENT, write_sweep

NEXT = FORMAT + 1
STARTED = {"event": "sweep_started", "time": 1.0, "trials": 9, "slots": 2}


def changed(folder, **changes):
    document = json.loads(folder.spec_path.read_text())
    folder.spec_path.write_text(json.dumps({**document, **changes}))


def append(folder, *lines):
    with folder.record_path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def sweep(tmp_path):
    return write_sweep(tmp_path / "s", trials=3)


def test_what_is_written_now_says_its_format(sweep):
    assert json.loads(sweep.spec().model_dump_json())["format"] == FORMAT
    assert json.loads(sweep.record_path.read_text().splitlines()[0])["format"] == FORMAT
    assert newer_sentence(sweep.spec(), sweep.state()) is None


def test_fields_and_events_of_a_newer_record_are_passed_over_and_the_rest_counts(sweep):
    append(
        sweep,
        {**STARTED, "format": NEXT, "mood": "good"},
        {"event": "weather", "time": 2.0, "sun": True},
        {
            "event": "trial_started",
            "time": 3.0,
            "trial": "0003",
            "config": DEFAULTS,
            "node": "n",
            "slot": 0,
            "rank": 7,
        },
        {
            "event": "epoch",
            "time": 4.0,
            "trial": "0003",
            "epoch": 1,
            "metrics": {"val_miou": 0.9},
            "seconds": {},
            "x": 1,
        },
        {"event": "trial_ended", "time": 5.0, "trial": "0003", "reason": "evaporated"},
        {"event": "note", "time": 6.0, "text": "hello"},
    )
    state = sweep.state()
    assert state.trials["0003"].values("val_miou") == {1: 0.9}
    assert state.trials["0003"].reason is None, "an end that this version does not know"
    assert [note.text for note in state.notes] == ["hello"]
    assert state.format == NEXT
    assert newer_sentence(sweep.spec(), state) == (
        f"Written by a newer cnn-tune (format {NEXT}): what this version knows of it is shown."
    )
    assert overview(sweep, running=False).state_in_words.endswith(f"(format {NEXT})")
    assert f"Written by a newer cnn-tune (format {NEXT})" in render(sweep)


def test_unknown_fields_of_a_newer_spec_are_passed_over(sweep):
    space = {**DOCUMENT["space"], "weather": "fine", "budget": {**DOCUMENT["space"]["budget"], "patience_of": 3}}
    space["search"] = {**space["search"], "lr": {"log_uniform": [1e-4, 1e-2], "default": 1e-3, "prior": "beta"}}
    changed(sweep, format=NEXT, mood="good", space=space)
    assert sweep.spec().space.search["lr"].default == 1e-3
    assert sweep.spec().format == NEXT
    assert "U-Net on street scenes" in render(sweep)


def test_a_newer_spec_of_which_nothing_is_understood_is_named_as_that(sweep):
    changed(sweep, format=NEXT, space="in another file")
    with pytest.raises(NewerError, match=rf"written by a newer cnn-tune \(format {NEXT}\)"):
        sweep.spec()
    assert overview(sweep, running=False).state == "newer"


def test_the_same_without_a_newer_format_is_damage(sweep):
    changed(sweep, mood="good")
    with pytest.raises(DamagedError, match="mood"):
        sweep.spec()
    append(sweep, {"event": "weather"}, STARTED)
    with pytest.raises(RecordError, match="is damaged"):
        read_events(sweep.record_path)


@pytest.mark.parametrize("line", ["{", "[" * 100_000, '"text"'])
def test_a_line_that_is_no_event_at_all_is_damage_in_a_newer_record_too(sweep, line):
    append(sweep, {**STARTED, "format": NEXT})
    with sweep.record_path.open("a") as file:
        file.write(f"{line}\n{line}\n")
    if line == '"text"':
        assert sweep.state().format == NEXT
    else:
        with pytest.raises(RecordError, match="is damaged"):
            sweep.state()


def test_nothing_is_appended_to_a_newer_record(sweep):
    append(sweep, {**STARTED, "format": NEXT})
    before = sweep.record_path.read_bytes()
    for refused in (sweep.refuse_newer, lambda: Record(sweep.record_path)):
        with pytest.raises(SweepError, match="update cnn-tune to go on with this sweep"):
            refused()
    assert sweep.record_path.read_bytes() == before


def test_nothing_goes_on_with_a_newer_spec(sweep):
    changed(sweep, format=NEXT)
    with pytest.raises(SweepError, match="update cnn-tune"):
        sweep.refuse_newer()
    record = Record(sweep.record_path)
    record.append(Note(text="the record itself is of this version"))
    record.close()
