"""Repeats with other seeds, and the trials that cannot be told from the best."""

import pytest

from reports.analysis.repeats import ablations_of, repeated_values, rivals, without_seed
from reports.records.record import EpochEnded, Record, TrialEnded, TrialStarted
from search_spaces.schema import Objective
from tests.reports.sweeps import DEFAULTS, write_sweep

MIOU = Objective(metric="val_miou", mode="max")


def add_trial(folder, name, config, values):
    record = Record(folder.record_path)
    record.append(TrialStarted(trial=name, config=config, node="n", slot=0))
    for epoch, value in enumerate(values, start=1):
        record.append(EpochEnded(trial=name, epoch=epoch, metrics={"val_miou": value}, seconds={"train": 1.0}))
    record.append(TrialEnded(trial=name, reason="completed"))
    record.close()


@pytest.fixture
def sweep(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=0)
    for number, height in enumerate((0.80, 0.79, 0.50)):
        add_trial(folder, f"000{number}", {**DEFAULTS, "lr": 0.001 * (number + 1), "seed": 0}, [0.3, height])
    return folder


def ablation(sweep, values):
    plan = [{"label": "best", "config": {**DEFAULTS, "lr": 0.001, "seed": seed}} for seed in range(len(values))]
    folder = write_sweep(sweep.path.parent / "s-ablation", trials=0, plan=plan, ablation_of="s")
    for number, value in enumerate(values):
        add_trial(folder, f"{number:04d}", plan[number]["config"], [value])
    return folder


def test_repeats_in_an_ablation_count_for_the_sweep_that_it_took_apart(sweep):
    ablation(sweep, [0.80, 0.78, 0.82])
    assert [folder.name for folder in ablations_of(sweep)] == ["s-ablation"]
    repeats = repeated_values(sweep, MIOU, sweep.state())[without_seed({**DEFAULTS, "lr": 0.001})]
    assert repeats.where == ["s-ablation"]
    assert repeats.values == [0.78, 0.82], "the run with seed 0 is the sweep's own, by which it was found the best"


def test_trials_within_the_spread_of_repeats_cannot_be_told_from_the_best(sweep):
    ablation(sweep, [0.80, 0.78, 0.82, 0.79, 0.81])
    found = rivals(sweep.state(), MIOU, repeated_values(sweep, MIOU, sweep.state()))
    assert found.known_from == "repeats"
    assert [trial.trial for trial in found.trials] == ["0001"]


def test_without_repeats_the_jumps_of_the_curves_are_the_yardstick(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=0)
    add_trial(folder, "0000", {**DEFAULTS, "lr": 1.0}, [0.1, 0.2, 0.70, 0.74, 0.70, 0.74, 0.70, 0.75])
    add_trial(folder, "0001", {**DEFAULTS, "lr": 2.0}, [0.1, 0.2, 0.70, 0.74, 0.70, 0.74, 0.70, 0.73])
    add_trial(folder, "0002", {**DEFAULTS, "lr": 3.0}, [0.1, 0.2, 0.10, 0.14, 0.10, 0.14, 0.10, 0.13])
    found = rivals(folder.state(), MIOU, {})
    assert found.known_from == "curves"
    assert [trial.trial for trial in found.trials] == ["0001"]


def test_with_too_little_to_judge_by_nothing_is_claimed(sweep):
    assert rivals(sweep.state(), MIOU, {}) is None


def test_a_damaged_neighbour_is_passed_over(sweep):
    (sweep.path.parent / "broken").mkdir()
    (sweep.path.parent / "broken" / "sweep.json").write_text("[")
    broken = ablation(sweep, [0.8, 0.7])
    broken.record_path.write_text("nonsense\nnonsense\n")
    assert repeated_values(sweep, MIOU, sweep.state()) == {}
