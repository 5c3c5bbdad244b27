"""The example of somebody's own task as a real small sweep, and metrics of somebody's own through its life."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cnnmodels.metric_table import EVERY_TASK
from reports.records.folder import SweepFolder
from search_spaces.errors import SpaceError
from search_spaces.loading import load
from tests.own_code import forgotten_afterwards
from tests.tune_jobs.sweeps import nothing_lost, searched
from tests.tune_jobs.use.trained import write_photo
from tune_jobs.cluster.cluster import connect
from tune_jobs.confirm import confirm
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.driver import resume
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.progress import SilentProgress
from tune_jobs.use.evaluate import evaluate
from tune_jobs.use.export import export
from tune_jobs.use.options import EvaluateOptions, ExportOptions, PredictOptions
from tune_jobs.use.predict import predict

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "own_task"
SMALL = ["data.image_size=[24,32]", "fixed.width=4", "fixed.levels=2", "search.lr.default=0.01"]
SHORT = ["budget.trials=2", "budget.max_epochs=2", "budget.reduction_factor=null"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def forget():
    with forgotten_afterwards():
        yield


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    root = tmp_path_factory.mktemp("own-task")
    shutil.copytree(EXAMPLE, root / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="module")
def target(here):
    with connect():
        yield LaunchTarget(here / "sweeps", here / "cache")


@pytest.fixture(scope="module")
def folder(here, target):
    return searched(here / "mine" / "space.yaml", (*SMALL, *SHORT), target)


@pytest.fixture(autouse=True)
def cache(here, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(here / "cache"))


def test_it_is_searched_as_our_own_tasks_are(folder):
    state, spec = folder.state(), folder.spec()
    nothing_lost(state, folder, requested=2)
    assert spec.space.modes == {"val_mae": "min", "val_mse": "min", **EVERY_TASK}
    epoch = state.trials["0000"].epochs[2].metrics
    assert {"val_mae", "val_mse", "train_mae", "val_loss", "parameters"} <= epoch.keys()
    assert not state.notes, "a pre-flight knows nothing of its loss"
    assert spec.code.task == "depth:Depth"
    assert [path.name for path in folder.code_path.iterdir()] == ["depth.py"]
    gallery = json.loads((folder.gallery_path / "gallery.json").read_text())
    assert gallery["columns"] == ["input", "truth", "prediction"]


def test_whoever_reads_it_imports_nothing_of_it(folder, here, tmp_path):
    foreign = tmp_path / "sweeps" / "s"
    shutil.copytree(folder.path, foreign)
    for place in (foreign / "code", tmp_path):
        (place / "depth.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()")
    reading = (
        "from tune_jobs.cli.main import app\n"
        "for words in (['ls'], ['show', 's'], ['show', 's', '--json'], ['report', 's']):\n"
        "    assert not app(words, standalone_mode=False)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", reading], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "val_mae" in done.stdout
    assert not (tmp_path / "ran").exists()


def test_its_winner_is_measured_put_to_work_and_exported(folder, tmp_path):
    found, page = evaluate(folder, EvaluateOptions(out=tmp_path / "measured"), SilentProgress())
    rows = found.metrics.set_index("metric")
    assert {"test_loss", "test_mae", "test_mse"} == set(rows.index)
    assert pd.isna(rows.loc["test_mae", "low"]), "no interval follows from sums that nobody knows"
    assert len(found.images["mae"].dropna()) == 50
    assert "truth" in page.read_text()
    photo = write_photo(tmp_path / "a.png", (30, 40))
    answered = predict(folder, [photo], PredictOptions(tmp_path / "out"), SilentProgress())
    assert answered.skipped.empty
    values = np.load(tmp_path / "out" / "answers" / "a.npy")
    assert values.shape == (1, 30, 40)
    assert (values > 0).all(), "its own answers, not logits"
    assert (tmp_path / "out" / "answers" / "a.png").is_file()
    exported = export(folder, ExportOptions(out=tmp_path / "export"), SilentProgress()).path
    script = [sys.executable, str(exported / "predict_onnx.py"), str(photo)]
    subprocess.run(script, cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": ""}, capture_output=True)
    assert np.load(tmp_path / "a-answer.npy").shape == (1, 24, 32)


def test_it_is_resumed_and_confirmed(folder, target):
    resume(folder, target, SilentProgress(), trials=3)
    assert len(folder.state().finished) == 3
    confirmed = confirm(folder, target, SilentProgress(), ConfirmOptions(top=2, seeds=2), command="tune confirm")
    best = min(trial.best("val_mae", "min")[1] for trial in folder.state().trials.values())
    assert SweepFolder(confirmed.folder.path).spec().confirmation.indifference == pytest.approx(0.005 * best)


def test_a_task_without_images_is_refused_in_one_line(here):
    with pytest.raises(SpaceError, match=r"data\.source: is missing; depth:Depth is a task of your own") as refused:
        load(str(here / "mine" / "space.yaml"), ["data={name: streets}"])
    assert "\n" not in str(refused.value)


def test_a_network_for_images_is_refused_for_pixels(here):
    with pytest.raises(SpaceError, match="model: resnet18 is for classification; for depth:Depth: unet, fcn32"):
        load(str(here / "mine" / "space.yaml"), ["model=resnet18"])


def test_code_in_two_folders_is_refused(here, tmp_path, monkeypatch):
    (tmp_path / "strange_edges.py").write_text("from torchmetrics import MeanAbsoluteError as Edges")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpaceError, match="code of your own in two folders; keep it in one"):
        load(str(here / "mine" / "space.yaml"), ["metrics={val_edges: strange_edges:Edges}"])
