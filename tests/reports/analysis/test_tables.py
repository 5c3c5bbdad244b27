"""Tables of a sweep: their rows and columns."""

from __future__ import annotations

import pytest

from reports.analysis import tables
from reports.analysis.summary import savings, search_worth
from reports.records.record import EpochEnded, SweepStarted, TrialStarted
from reports.records.state import fold
from search_spaces.schema import Objective
from tests.reports.sweeps import SPEC, write_sweep

OBJECTIVE = Objective(metric="val_miou", mode="max")


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return write_sweep(tmp_path_factory.mktemp("storage") / "twelve", trials=12, failing=0.2)


def test_the_trials_table_has_a_row_a_trial_and_a_column_a_knob(sweep):
    table = tables.trials_table(sweep.state(), SPEC)
    assert len(table) == 12
    assert list(table.columns[-4:]) == ["lr", "optimizer", "momentum", "skip"]
    assert table[table["optimizer"] == "adam"]["momentum"].isna().all()


def test_the_best_so_far_never_falls(sweep):
    progress = tables.progress_table(sweep.state(), OBJECTIVE)
    assert progress["best"].is_monotonic_increasing
    assert progress["best"].iloc[-1] == search_worth(sweep.state(), OBJECTIVE).best_value
    assert progress["epochs_trained"].iloc[-1] == savings(sweep.state()).trained_epochs


def test_the_best_so_far_follows_the_record_though_the_clock_jumps_back_an_hour():
    values = [(0, 0.1), (10, 0.3), (-3590, 0.2), (-3580, 0.5)]
    events = [SweepStarted(time=0, trials=1, slots=1)]
    events.append(TrialStarted(time=0, trial="0000", config={}, node="box", slot=0))
    for number, (at, value) in enumerate(values, start=1):
        seconds = {"train": 1.0}
        events.append(EpochEnded(time=at, trial="0000", epoch=number, metrics={"m": value}, seconds=seconds))
    table = tables.progress_table(fold(events), Objective(metric="m", mode="max"))
    assert table["best"].tolist() == [0.1, 0.3, 0.3, 0.5]
