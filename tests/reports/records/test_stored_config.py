"""Old names in what is on disk are read as today's."""

import json
from pathlib import Path

import pytest

from reports.analysis.tables import trials_table
from reports.records.errors import RecordError
from reports.records.folder import SweepFolder
from reports.records.record import TrialStarted, read_events
from reports.records.spec import FixedTrial

OLD = SweepFolder(Path(__file__).resolve().parents[2] / "old_sweep" / "before-0.2")
OLD_NAMES = {"model": "baseline", "initialisation": "xavier", "lr": 0.1}
NAMES = {"model": "conv_deconv", "initialization": "xavier", "lr": 0.1}


def started(config):
    return {"time": 1, "event": "trial_started", "trial": "0000", "config": config, "node": "n", "slot": 0}


def test_a_record_and_a_plan_of_an_earlier_version_have_todays_names():
    assert TrialStarted.model_validate(started(OLD_NAMES)).config == NAMES
    assert FixedTrial.model_validate({"label": "best", "config": OLD_NAMES}).config == NAMES


def test_todays_names_stay_and_no_value_is_judged():
    config = {**NAMES, "lr": -1, "a knob of tomorrow": [1]}
    assert TrialStarted.model_validate(started(config)).config == config


@pytest.mark.parametrize("config", [{**OLD_NAMES, **NAMES}, ["lr"], None])
def test_what_is_no_configuration_is_damage_told_with_its_line(tmp_path, config):
    path = tmp_path / "record.jsonl"
    path.write_text(json.dumps(started(config)) + "\n" + json.dumps(started(NAMES)) + "\n")
    with pytest.raises(RecordError, match=r"record\.jsonl: line 1 is damaged"):
        read_events(path)


def test_an_old_sweep_has_a_column_for_the_renamed_knob():
    table = trials_table(OLD.state(), OLD.spec())
    assert "initialisation" not in table.columns
    assert table.set_index("trial")["initialization"]["0001"] == "xavier"
