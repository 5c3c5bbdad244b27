"""What was made of a sweep is named, with what it gave."""

from __future__ import annotations

import json

from reports.analysis.made_of import made_of
from reports.records.record import (
    EpochEnded,
    Record,
    SweepEnded,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    WinnerConfirmed,
)
from reports.records.training import TrainingFolder, TrainingSpec
from tests.reports.sweeps import DEFAULTS, write_sweep


def train(sweep, name, epochs, wanted):
    """A training of trial 0000 of which so many epochs are done."""
    folder = TrainingFolder(sweep.path / "trainings" / name)
    folder.path.mkdir(parents=True)
    spec = TrainingSpec(
        name=name, command="", trial="0000", on="train", config={**DEFAULTS, "epochs": wanted}, versions={}
    )
    folder.spec_path.write_text(spec.model_dump_json())
    record = Record(folder.record_path)
    record.append(TrialStarted(trial=name, config=spec.config, node="n", slot=0))
    for epoch in range(1, epochs + 1):
        record.append(EpochEnded(trial=name, epoch=epoch, metrics={"val_miou": epoch / 100}, seconds={}))
    if epochs == wanted:
        record.append(TrialEnded(trial=name, reason="completed"))
    record.close()


def confirm(sweep, name, ended):
    question = {"of": sweep.name, "candidates": [{"label": "0000", "config": DEFAULTS}], "runs": 4, "indifference": 0.1}
    return write_sweep(sweep.path.parent / name, trials=3, ended=ended, confirmation=question)


def test_trainings_confirmations_and_ablations_are_named(tmp_path):
    sweep = write_sweep(tmp_path / "mine", trials=6)
    train(sweep, "long", epochs=20, wanted=20)
    train(sweep, "longer", epochs=3, wanted=30)
    confirm(sweep, "mine-confirmation", ended=True)
    confirm(sweep, "mine-confirmation-2", ended=False)
    plan = [{"label": "default", "config": DEFAULTS}]
    write_sweep(tmp_path / "mine-ladder", trials=2, ablation_of="mine", plan=plan)
    record = Record(sweep.record_path)
    record.append(
        WinnerConfirmed(
            trial="0000", by="mine-confirmation", mean=0.4, low=0.3, high=0.5, runs=4, probability=0.97, decided=True
        )
    )
    record.close()
    found = {one.name: (one.kind, one.said) for one in made_of(sweep, sweep.state())}
    before = sweep.state().trials["0000"].best("val_miou", "max")
    assert found["long"] == (
        "training",
        f"Best epoch 20 of 20: val_miou 0.2000; trial 0000 had {before[1]:.4f} at epoch {before[0]}.",
    )
    assert found["longer"][1].startswith("3 of 30 epochs so far. Best epoch 3 of 3: val_miou 0.0300")
    assert found["mine-confirmation"] == ("confirmation", "Trial 0000 is the winner (probability 0.97).")
    assert found["mine-confirmation-2"] == ("confirmation", "Not complete: 3 runs so far.")
    assert found["mine-ladder"] == ("ladder", "Complete: 2 runs.")


def test_a_winner_that_was_found_before_the_sweep_went_on_is_not_said_to_be_its_winner(tmp_path):
    sweep = write_sweep(tmp_path / "mine", trials=6)
    confirm(sweep, "mine-confirmation", ended=True)
    record = Record(sweep.record_path)
    record.append(SweepStarted(trials=6, slots=1, resumed=True))
    record.append(SweepEnded(reason="completed"))
    record.close()
    (one,) = made_of(sweep, sweep.state())
    assert one.said == "Its winner is not that of the sweep as it is now: 3 runs."


def test_what_cannot_be_read_says_so(tmp_path):
    sweep = write_sweep(tmp_path / "mine", trials=3)
    train(sweep, "long", epochs=2, wanted=2)
    (sweep.path / "trainings" / "long" / "training.json").write_text(json.dumps({"name": "long"}))
    (one,) = made_of(sweep, sweep.state())
    assert "training.json: cannot be read" in one.said
