"""The record: appended, read back, and what becomes of damage."""

from __future__ import annotations

import json
import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.records.record import (
    EpochEnded,
    Note,
    Record,
    RecordError,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    finite,
    read_events,
)

NAMES = st.from_regex(r"[0-9]{4}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
EVENTS = st.one_of(
    st.builds(SweepStarted, trials=st.integers(1, 99), slots=st.integers(1, 9)),
    st.builds(TrialStarted, trial=NAMES, config=st.just({"lr": 0.1}), node=st.text(max_size=9), slot=st.just(0)),
    st.builds(
        EpochEnded,
        trial=NAMES,
        epoch=st.integers(1, 99),
        metrics=st.dictionaries(st.sampled_from(["val_miou", "train_loss"]), NUMBERS | st.none()),
        seconds=st.dictionaries(st.sampled_from(["train", "other"]), st.floats(0, 1e6)),
    ),
    st.builds(TrialEnded, trial=NAMES, reason=st.sampled_from(["completed", "failed"]), error=st.none() | st.text()),
    st.builds(Note, text=st.text()),
)


@given(events=st.lists(EVENTS, max_size=12))
def test_what_is_appended_is_read_back(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    record = Record(path)
    for event in events:
        record.append(event)
    record.close()
    assert read_events(path) == events


@given(events=st.lists(EVENTS, min_size=1, max_size=5), share=st.floats(0, 1))
def test_a_record_cut_anywhere_gives_every_whole_line_before(tmp_path_factory, events, share):
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    record = Record(path)
    for event in events:
        record.append(event)
    record.close()
    left = path.read_bytes()[: int(path.stat().st_size * share)]
    path.write_bytes(left)
    whole = left.count(b"\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the torn line, which other tests ask for
        survivors = read_events(path)
    assert survivors[:whole] == events[:whole]
    assert len(survivors) <= whole + 1  # a last line may be whole but for its newline


def test_a_writer_that_follows_a_crash_cuts_the_torn_line_off(tmp_path):
    path = tmp_path / "record.jsonl"
    path.write_text(Note(text="whole").model_dump_json() + '\n{"event":"no')
    with pytest.warns(UserWarning, match="dropped a torn last line of 12 bytes"):
        record = Record(path)
    record.append(Note(text="next"))
    record.close()
    assert [event.text for event in read_events(path)] == ["whole", "next"]


@given(event=EVENTS)
def test_a_last_line_without_its_end_counts_before_and_behind_a_writer_that_goes_on(tmp_path_factory, event):
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    path.write_text(Note(text="first").model_dump_json() + "\n" + event.model_dump_json())
    before = read_events(path)
    assert before[1] == event
    record = Record(path)
    record.append(Note(text="next"))
    record.close()
    assert read_events(path)[:2] == before
    assert len(read_events(path)) == 3


@pytest.mark.parametrize("trial", ["../../victim", "..", "/etc", "a/b", "", "a" * 65, "a\n"])
def test_a_trial_is_never_a_path(tmp_path, trial):
    path = tmp_path / "record.jsonl"
    event = {"event": "trial_ended", "trial": trial, "reason": "completed"}
    path.write_text(json.dumps(event) + "\n" + Note(text="x").model_dump_json() + "\n")
    with pytest.raises(RecordError, match=r"line 1 is damaged"):
        read_events(path)


@pytest.mark.parametrize("damage", ["{", "null", '{"event":"unknown"}', '{"event":"epoch","trial":"0"}', "\x00\x00"])
def test_damage_in_the_middle_is_refused_with_its_line(tmp_path, damage):
    path = tmp_path / "record.jsonl"
    line = Note(text="whole").model_dump_json()
    path.write_text(f"{line}\n{damage}\n{line}\n")
    with pytest.raises(RecordError, match=r"record\.jsonl: line 2 is damaged"):
        read_events(path)


def test_what_is_not_finite_is_stored_as_null(tmp_path):
    path = tmp_path / "record.jsonl"
    record = Record(path)
    record.append(EpochEnded(trial="0", epoch=1, metrics=finite({"a": math.nan, "b": math.inf, "c": 1.0}), seconds={}))
    record.close()
    assert json.loads(path.read_text())["metrics"] == {"a": None, "b": None, "c": 1.0}
