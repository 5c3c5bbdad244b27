"""One configuration trained by itself: as a trial would be, resumed, on which images, and what becomes of it."""

import re
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from typer.testing import CliRunner

import tune_jobs
from cnnmodels.checkpoint import load
from reports.analysis.training import trained_of
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.training import TrainingFolder, trainings_of
from tests.tune_jobs.use.trained import write_photo
from tune_jobs.cli import main as cli
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED, EXIT_SIGINT
from tune_jobs.progress import SilentProgress
from tune_jobs.use.options import TrainOptions
from tune_jobs.use.train import train
from tune_jobs.use.trainings import asked_training, hold_training
from tune_jobs.use.weights import chosen_weights


@pytest.fixture
def sweep(sweeps, tmp_path):
    """A copy to train in; its trials had 8 epochs."""
    shutil.copytree(sweeps["segmentation"].path, tmp_path / "masks")
    return SweepFolder(tmp_path / "masks")


def run(sweep, **options):
    return train(sweep, TrainOptions(**options), SilentProgress(), command="tune train masks")


def tune(sweep, *words, code=0):
    done = CliRunner().invoke(cli.app, [*map(str, words), "--storage", str(sweep.path.parent)])
    assert done.exit_code == code, done.output
    return done.output


def test_it_gives_what_its_trial_gave_and_trains_on_where_the_schedule_allows_it(sweep):
    training = run(sweep, trial="0001", epochs=2).training
    of_trial = sweep.state().trials["0001"]
    wanted = {name: value for name, value in of_trial.epochs[2].metrics.items() if name != "seconds_per_image"}
    found = training.state().epochs[2].metrics
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    assert run(sweep, trial="0001", epochs=3).training == training
    trained = trained_of(training)
    assert (trained.is_complete, trained.epochs, trained.run.starts) == (True, 3, 2)
    assert trained.best == training.state().best("val_miou", "max")
    assert load(training.weights_path("train")).epoch == trained.best[0]
    with pytest.raises(SweepError, match="--epochs 2: 0001-train has been trained for 3 already"):
        run(sweep, trial="0001", epochs=2)


def test_a_training_that_is_complete_says_so_and_draws_its_page_where_it_is_missing(sweep):
    said = tune(sweep, "train", "masks", "--epochs", 1)
    name = re.search(r"--training (\S+)", said)[1]
    training = TrainingFolder(sweep.path / "trainings" / name)
    assert f"Training {name} of masks: the configuration of trial {name[:4]} for 1 epoch, on 12 training images" in said
    assert "epoch 1 of 1: train_loss" in said
    training.report_path.unlink()
    again = tune(sweep, "train", "masks")
    assert f"Training {name} is complete (1 epoch); --epochs 2 trains longer." in again
    assert "train_loss" not in again
    page = training.report_path.read_text().split("<main>")[0]
    assert "trained for 1 epoch." in page
    assert trained_of(training).in_words() in page


def test_where_the_schedule_depends_on_the_epochs_each_number_of_them_is_a_training_of_its_own(sweep):
    record = sweep.record_path.read_text()
    sweep.record_path.write_text(record.replace('"scheduler":"none"', '"scheduler":"one_cycle"'))
    first, asked = asked_training(sweep, TrainOptions(trial="0000"), "")
    assert (first.name, asked.epochs, asked.config["patience"]) == ("0000-train-16", 16, None)
    run(sweep, trial="0000", epochs=1)
    other, _ = asked_training(sweep, TrainOptions(trial="0000", epochs=2), "")
    assert other.name == "0000-train-2"
    said = tune(sweep, "train", "masks", "--trial", "0000", "--epochs", 2)
    assert "is another one over 2 epochs, so it is trained anew, beside 0000-train-1." in said
    shutil.rmtree(other.path)
    again, asked = asked_training(sweep, TrainOptions(trial="0000"), "")
    assert (again.name, asked.epochs) == ("0000-train-1", 1), "the one that was asked for before is meant"
    seeded, _ = asked_training(sweep, TrainOptions(trial="0000", epochs=1, seed=7, on="train+val"), "")
    assert seeded.name == "0000-train-val-1-seed7"


def test_on_both_splits_the_last_epoch_counts_and_the_validation_images_measure_nothing(sweep, tmp_path):
    said = tune(sweep, "train", "masks", "--trial", "0000", "--on", "train+val", "--epochs", 2)
    assert "on 20 training and validation images" in said
    assert "Nothing is held out, so no best epoch can be chosen" in said
    weights = chosen_weights(sweep, training="0000-train-val")
    assert (load(weights.path).epoch, weights.saw_val) == (2, True)
    page = weights.training.report_path.read_text()
    assert "nothing was held out to choose an epoch by" in page
    assert "val_miou" not in page.split("<main>")[1].split("<script")[0]
    refused = CliRunner().invoke(
        cli.app,
        ["evaluate", "masks", "--split", "val", "--training", weights.trial, "--storage", str(sweep.path.parent)],
    )
    assert re.search("--split val: 0000-train-val was trained on these images", str(refused.exception))
    found = tune(sweep, "evaluate", "masks", "--training", weights.trial)
    assert "test_miou" in found
    assert (weights.training.path / "evaluation" / "test" / "images.csv").exists()
    assert set(sweep.state().tests) == {weights.trial}


def test_the_same_from_python_and_its_weights_are_put_to_work(sweep, tmp_path, capfd):
    held = tune_jobs.open(sweep.path)
    training = held.train(trial="0000", epochs=1, seed=3)
    assert (training.name, training.outcome, training.best["epoch"]) == ("0000-train-seed3", "completed", 1)
    assert training.epochs["val_miou"].tolist() == [training.best["value"]]
    assert training.weights.stat().st_mode & 0o077 == 0
    write_photo(tmp_path / "photos" / "a.png", (40, 50))
    assert len(held.predict(tmp_path / "photos", out=tmp_path / "out", training=training.name).table) == 1
    with pytest.raises(tune_jobs.UserError, match="--training 0000-train-seed3: one network is no ensemble"):
        held.predict(tmp_path / "photos", training=training.name, ensemble=True)
    with pytest.raises(tune_jobs.UserError, match="--training 0000-train-seed3: is one network, --trial 0001 another"):
        held.evaluate(training=training.name, trial="0001")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_it_goes_on_after_a_ctrl_c_and_after_a_kill_as_if_it_had_never_stopped(sweep):
    command = [sys.executable, "-u", "-m", "tune_jobs", "train", "masks", "--trial", "0000", "--epochs", "200"]
    command += ["--storage", str(sweep.path.parent)]
    for ended in (signal.SIGINT, signal.SIGKILL):
        said = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                said.append(line)
                if " of 200: " in line:
                    process.send_signal(ended)
                    break
            rest = process.stdout.read()
        if ended == signal.SIGINT:
            assert process.returncode == EXIT_SIGINT
            assert "Interrupted. " in rest
            assert f"Go on with: tune train masks --trial 0000 --epochs 200 --storage {sweep.path.parent}" in rest
        else:
            assert any("It goes on from its checkpoint of epoch " in line for line in said)
    training = trainings_of(sweep)[0]
    shutil.copytree(training.path, sweep.path / "aside")
    had = trained_of(training).epochs
    run(sweep, trial="0000", epochs=200)
    shutil.rmtree(training.path)
    run(sweep, trial="0000", epochs=had)
    one, other = (load(path / "last.pt") for path in (sweep.path / "aside", training.path))
    assert all(torch.allclose(one.network[name], other.network[name], rtol=1e-4, atol=1e-5) for name in one.network)


def test_a_checkpoint_that_was_saved_and_not_recorded_and_one_that_is_damaged_are_made_up_for(sweep):
    training = run(sweep, trial="0000", epochs=2).training
    lines = training.record_path.read_text().splitlines(keepends=True)
    training.record_path.write_text("".join(line for line in lines if '"epoch":2' not in line))
    run(sweep, trial="0000", epochs=3)
    assert sorted(training.state().epochs) == [1, 2, 3]
    (training.path / "last.pt").write_bytes(b"torn")
    said = tune(sweep, "train", "masks", "--trial", "0000", "--epochs", 4)
    assert "Warning: " in said
    assert "It goes on from its checkpoint of epoch 2." in said
    assert sorted(training.state().epochs) == [1, 2, 3, 4]


def test_one_that_diverges_ends_with_the_code_of_no_success(sweep):
    record = sweep.record_path.read_text()
    steep = record.replace('"optimizer":"adam"', '"optimizer":"sgd"').replace('"lr":0.005', '"lr":10.0')
    steep = steep.replace('"weight_decay":0.01', '"weight_decay":1.0')
    sweep.record_path.write_text(steep)
    said = tune(sweep, "train", "masks", "--trial", "0000", "--epochs", 30, code=EXIT_NOTHING_SUCCEEDED)
    assert "Its loss is no longer finite: it diverged. " in said


REFUSED = [
    ({"on": "val"}, "--on val: use train or train[+]val"),
    ({"epochs": 0}, "--epochs 0: use 1 or more"),
    ({"seed": -1}, "--seed -1: use 0 to "),
    ({"trial": "0009"}, "--trial 0009: masks has no such trial; there are 0000, 0001"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(sweep, options, message):
    with pytest.raises(SweepError, match=message):
        run(sweep, **options)
    assert not (sweep.path / "trainings").exists()


def test_two_processes_do_not_train_the_same(sweep):
    training = run(sweep, trial="0000", epochs=1).training
    lock = hold_training(training)
    try:
        with pytest.raises(SweepError, match="0000-train of masks is being trained by another process"):
            run(sweep, trial="0000", epochs=2)
    finally:
        lock.release()
    assert training.spec().epochs == 1


def test_other_tasks_are_trained_alike(sweeps, tmp_path):
    for task in ("classification", "colorization"):
        shutil.copytree(sweeps[task].path, tmp_path / sweeps[task].name)
        copy = SweepFolder(tmp_path / sweeps[task].name)
        training = run(copy, epochs=1, on="train+val").training
        assert trained_of(training).is_complete
        assert chosen_weights(copy, training=training.name).path.exists()
