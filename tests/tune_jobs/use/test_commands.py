"""The two verbs as a person meets them, and the same from Python."""

import json
import os
import sys

import pytest
from typer.testing import CliRunner

import tune_jobs
from tests.tune_jobs.use.trained import write_photo
from tune_jobs.cli import main as cli
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED


def tune(*words, code=0):
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


def storage_of(sweep):
    return ["--storage", sweep.path.parent]


def test_predict_prints_the_classes_of_a_few_photos_and_where_the_rest_is(sweeps, birds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep = sweeps["classification"]
    said = tune("predict", "birds", birds / "test" / "red" / "0.png", *storage_of(sweep))
    assert "red" in said
    assert "Answered 1 of 1 photos. In predictions/birds: predictions.csv, predictions.parquet" in said
    assert (tmp_path / "predictions" / "birds" / "predictions.csv").exists()


def test_predict_with_nothing_to_read_ends_with_the_code_of_no_success(sweeps, tmp_path):
    (tmp_path / "a.png").write_text("none")
    words = ["predict", "birds", tmp_path, "--out", tmp_path / "out", *storage_of(sweeps["classification"])]
    said = tune(*words, code=EXIT_NOTHING_SUCCEEDED)
    assert f"Skipped: {tmp_path / 'a.png'}" in said
    assert "Answered 0 of 1 photos, 1 skipped" in said


def test_masks_are_announced_with_their_folders(sweeps, tmp_path):
    write_photo(tmp_path / "photos" / "a.png", (40, 50))
    words = ["predict", "masks", tmp_path / "photos", "--out", tmp_path / "out", "--tta", "--ensemble"]
    said = tune(*words, *storage_of(sweeps["segmentation"]))
    assert "the mean of 2: trial 000" in said
    assert "mirror images are averaged in" in said
    assert f"In {tmp_path / 'out'}: masks/, overlays/, predictions.csv, predictions.parquet" in said


def test_evaluate_prints_metrics_with_intervals_or_json(sweeps, tmp_path):
    sweep = sweeps["segmentation"]
    words = ["evaluate", "masks", "--split", "val", "--out", tmp_path / "out", *storage_of(sweep)]
    said = tune(*words)
    assert "95 % interval" in said
    assert "val_miou" in said
    assert "bright" in said
    assert f"{tmp_path / 'out' / 'evaluation.html'}; tables beside it" in said
    read = json.loads(tune(*words, "--json"))
    assert (read["sweep"], read["on"], read["page"]) == ("masks", "val", str(tmp_path / "out" / "evaluation.html"))


def test_the_same_from_python(sweeps, tmp_path, capfd):
    sweep = tune_jobs.open(sweeps["segmentation"].path)
    write_photo(tmp_path / "photos" / "a.png", (40, 50))
    umask = os.umask(0o022)
    try:
        found = sweep.predict(tmp_path / "photos", out=tmp_path / "out", tile="auto", tta=True)
    finally:
        os.umask(umask)
    assert found.table["image"].tolist() == ["a.png"]
    assert (tmp_path / "out" / "masks" / "a.png").stat().st_mode & 0o077 == 0
    measured = sweep.evaluate(split="val", out=tmp_path / "evaluation")
    assert measured.metrics.set_index("metric").loc["val_miou", "value"] > 0
    assert (tmp_path / "evaluation" / "images.csv").exists()
    with pytest.raises(tune_jobs.UserError, match="--tile x: use auto or own"):
        sweep.predict(tmp_path / "photos", tile="x")
    assert capfd.readouterr() == ("", "")


REFUSED = [
    (["predict", "masks", "nowhere.png"], "nowhere.png: no such file or folder"),
    (["predict", "masks", "a.png", "--trial", "0009"], "--trial 0009: masks has no such trial"),
    (["predict", "other", "a.png"], "no sweep called 'other' here"),
    (["evaluate", "masks", "--split", "train"], "--split train: use test or val"),
    (["evaluate", "masks", "--data", "nowhere"], "nowhere: no such folder"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_bad_input_is_one_line_with_exit_code_2(sweeps, tmp_path, monkeypatch, capfd, words, message):
    monkeypatch.chdir(tmp_path)
    write_photo(tmp_path / "a.png", (8, 8))
    storage = [str(word) for word in storage_of(sweeps["segmentation"])]
    monkeypatch.setattr(sys, "argv", ["tune", *words, *storage])
    umask = os.umask(0o077)
    try:
        with pytest.raises(SystemExit) as left:
            cli.main()
    finally:
        os.umask(umask)
    said = capfd.readouterr().err
    assert left.value.code == 2
    assert message in said
    assert len(said.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
