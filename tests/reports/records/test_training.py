"""What is on disk of a training."""

import json

import pytest

from reports.records.errors import DamagedError, NewerError, SweepError
from reports.records.folder import SweepFolder
from reports.records.training import TrainingFolder, TrainingSpec, find_training, trainings_of


def write(folder, name):
    training = TrainingFolder(folder / "trainings" / name)
    training.path.mkdir(parents=True)
    spec = TrainingSpec(name=name, command="tune train s", trial="0000", on="train", config={"epochs": 3}, versions={})
    training.spec_path.write_text(spec.model_dump_json())
    return training


def test_the_trainings_of_a_sweep_are_found_by_name(tmp_path):
    sweep = SweepFolder(tmp_path)
    with pytest.raises(SweepError, match=r"--training a: .* has no such training; there are none yet \(tune train"):
        find_training(sweep, "a")
    write(tmp_path, "b")
    write(tmp_path, "a")
    (tmp_path / "trainings" / "other").mkdir()
    assert [one.name for one in trainings_of(sweep)] == ["a", "b"]
    assert find_training(sweep, "a").sweep == sweep
    assert (find_training(sweep, "a").spec().epochs, find_training(sweep, "a").state().epochs) == (3, {})
    with pytest.raises(SweepError, match="there are a, b"):
        find_training(sweep, "../a")


def test_a_damaged_or_a_newer_file_is_said(tmp_path):
    training = write(tmp_path, "a")
    content = json.loads(training.spec_path.read_text())
    training.spec_path.write_text(json.dumps({**content, "format": 99}))
    with pytest.raises(SweepError, match="written by a newer cnn-tune"):
        training.refuse_newer()
    training.spec_path.write_text(json.dumps({**content, "more": 1}))
    with pytest.raises(NewerError, match=r"training\.json: written by a newer cnn-tune \(more\)"):
        training.spec()
    training.spec_path.write_text("{")
    with pytest.raises(DamagedError, match="nothing was changed"):
        training.spec()
