"""A winner measured: the figures of the sweep with intervals, the tables, the page, and the record's look."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from cnnmodels.data import Split
from cnnmodels.errors import UserError
from reports.records.folder import SweepFolder
from tests.tune_jobs.use.conftest import SPLITS
from tests.tune_jobs.use.trained import write_bright_halves, write_red_and_blue
from tune_jobs.progress import SilentProgress
from tune_jobs.storage.sweep_folders import hold
from tune_jobs.use.evaluate import evaluate
from tune_jobs.use.measured_images import _numbers, _renumbered
from tune_jobs.use.options import EvaluateOptions

IMAGES = {"segmentation": 8, "classification": 16, "colorization": 2}


@pytest.fixture
def sweep_of(sweeps, tmp_path):
    """A copy of the sweep of a task, to write into."""

    def copied(task):
        shutil.copytree(sweeps[task].path, tmp_path / sweeps[task].name)
        return SweepFolder(tmp_path / sweeps[task].name)

    return copied


def run(sweep, **options):
    return evaluate(sweep, EvaluateOptions(**options), SilentProgress())


def values(found):
    return dict(zip(found.metrics["metric"], found.metrics["value"], strict=True))


@pytest.mark.parametrize("task", IMAGES)
def test_on_the_validation_images_the_figures_are_those_of_the_record(sweep_of, task):
    sweep = sweep_of(task)
    found, page = run(sweep, split="val")
    objective = sweep.spec().space.objective
    trial = sweep.state().ranked(objective.metric, objective.mode)[0]
    epoch, _ = trial.best(objective.metric, objective.mode)
    recorded = trial.epochs[epoch].metrics
    wanted = {name: recorded[name] for name in values(found)}
    assert values(found) == pytest.approx(wanted, rel=1e-3)
    assert len(found.images) == IMAGES[task]
    assert page == sweep.path / "evaluation" / "val" / "evaluation.html"
    assert sweep.state().tests_opened == 0


def test_the_test_images_are_opened_by_name_or_by_default_and_each_look_is_recorded(sweep_of):
    sweep = sweep_of("segmentation")
    before = sweep.state()
    found, page = run(sweep)
    assert len(found.images) == SPLITS["test"]
    run(sweep, split="test", trial="0001")
    after = sweep.state()
    assert after.tests_opened == 2
    assert after.tests[found.trial]["test_miou"] == pytest.approx(values(found)["test_miou"])
    assert set(after.tests) == {found.trial, "0001"}
    assert (after.last_time, after.end) == (before.last_time, before.end), "a look is none of the sweep's time"
    assert "opened twice by tune evaluate" in page.read_text()  # the second look wrote it again


def test_intervals_hold_the_value_and_the_tables_lie_beside_the_page(sweep_of):
    found, page = run(sweep_of("segmentation"), split="val")
    metrics = pd.read_csv(page.parent / "metrics.csv").set_index("metric")
    miou = metrics.loc["val_miou"]
    assert miou["low"] <= miou["value"] <= miou["high"]
    classes = pd.read_csv(page.parent / "classes.csv")
    assert classes["class"].tolist() == ["dark", "bright"]
    assert classes["share"].sum() == pytest.approx(1)
    assert (classes["iou_low"] <= classes["iou"]).all()
    images = pd.read_csv(page.parent / "images.csv")
    assert images["image"].tolist() == [f"{number}.png" for number in range(8)]
    confusion = pd.read_csv(page.parent / "confusion.csv", index_col=0)
    assert confusion.to_numpy().tolist() == found.confusion.tolist()
    assert found.worst(3)["miou"].tolist() == pytest.approx(sorted(images["miou"])[:3])


def test_a_classification_says_of_each_image_what_it_is_taken_for(sweep_of):
    found, page = run(sweep_of("classification"), split="test")
    images = pd.read_csv(page.parent / "images.csv")
    right = images["class"] == images["taken_for"]
    assert right.tolist() == (images["accuracy"] == 1).tolist()
    assert right.mean() == pytest.approx(values(found)["test_accuracy"])
    assert (images["class"] == images["image"].str.split("/").str[-2]).all()
    assert found.worst(1)["loss"].item() == pytest.approx(images["loss"].max())
    row = found.metrics.set_index("metric").loc["test_accuracy"]
    assert row["low"] < row["value"] <= row["high"]


@pytest.mark.parametrize("task", IMAGES)
def test_the_page_opens_offline_and_shows_the_worst_images(sweep_of, task):
    found, page = run(sweep_of(task), split="val")
    html = page.read_text()
    assert "https://" not in html.split("<body")[1].split("<script")[0]
    assert html.count("data:image/png;base64,") >= min(12, len(found.images))
    assert found.worst(1)["image"].item() in html
    assert ("figure-confusion" in html) == (task != "colorization")
    assert "the figures are too good" in html
    assert "nan" not in re.sub('base64,[^"]*', "", html.split("<main>")[1].split("</main>")[0])


def test_json_holds_no_nan(sweep_of):
    for task in ("segmentation", "colorization"):
        found, _ = run(sweep_of(task), split="val")
        read = json.loads(json.dumps(found.as_json(), allow_nan=False))
        assert read["images"] == IMAGES[task]
        assert {"metric", "value", "low", "high"} == set(read["metrics"][0])


def test_other_images_count_as_a_whole_and_open_nothing(sweep_of, tmp_path):
    sweep, others = sweep_of("segmentation"), write_bright_halves(tmp_path / "others", {"train": 3, "val": 4})
    found, page = run(sweep, data=others)
    assert len(found.images) == 7
    assert "miou" in values(found)
    assert page == sweep.path / "evaluation" / "of-others" / "evaluation.html"
    assert sweep.state().tests_opened == 0
    assert len(run(sweep, data=others, split="val")[0].images) == 4
    with pytest.raises(UserError, match=r"--split test: .*others has no such split"):
        run(sweep, data=others, split="test")


def test_a_broken_image_among_others_is_left_out_and_the_names_stay_right(sweep_of, tmp_path):
    others = write_red_and_blue(tmp_path / "others", {"train": 3, "valid": 3})
    (others / "valid" / "blue" / "1.png").write_text("broken")
    found, _ = run(sweep_of("classification"), data=others)
    assert len(found.images) == 11
    assert (found.images["class"] == found.images["image"].str.split("/").str[-2]).all()


def test_classes_of_other_images_are_matched_by_name(sweep_of, tmp_path):
    others, sweep = tmp_path / "others", sweep_of("classification")
    write_red_and_blue(others, {".": 4})
    (others / "blue").rename(others / "sky")
    with pytest.raises(UserError, match=r"class 'sky' is none of birds \(blue, red\)"):
        run(sweep, data=others)
    (others / "sky").rename(others / "blue")
    assert values(run(sweep, data=others)[0])["accuracy"] > 0.8


def test_numbers_of_classes_follow_the_sweeps_own_order(sweeps):
    spec = sweeps["classification"].spec()
    assert _numbers(spec, ("red", "blue"), "here") == {0: 1, 1: 0}
    assert _numbers(spec, ("blue", "red"), "here") is None
    assert _numbers(spec, ("class_0",), "here") is None
    targets = _renumbered(Split(np.zeros((3, 3, 1, 1), np.uint8), np.array([0, 1, 0])), {0: 1, 1: 0}).targets
    assert targets.tolist() == [1, 0, 1]
    masks = np.array([[[0, 1, 255]]], dtype=np.uint8)
    mask = _renumbered(Split(np.zeros((1, 3, 1, 3), np.uint8), masks), {0: 1, 1: 0}).targets
    assert (mask.tolist(), mask.dtype) == ([[[1, 0, 255]]], np.uint8)


def test_the_sweeps_own_folder_given_as_data_is_its_test_split_and_is_recorded(sweep_of, halves):
    sweep = sweep_of("segmentation")
    found, _ = run(sweep, data=halves)
    assert found.of == "test"
    assert sweep.state().tests_opened == 1


def test_what_cannot_work_is_refused_and_opens_nothing(sweep_of, tmp_path):
    sweep, colors = sweep_of("segmentation"), sweep_of("colorization")
    with pytest.raises(UserError, match="--split train: use test or val"):
        run(sweep, split="train")
    with pytest.raises(UserError, match="the images of colors have no test split"):
        run(colors, split="test")
    with pytest.raises(UserError, match="no such trial"):
        run(sweep, trial="0009")
    with pytest.raises(UserError, match="nowhere: no such folder"):
        run(sweep, data=tmp_path / "nowhere")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="is a file; it takes a folder"):
        run(sweep, out=tmp_path / "file")
    with hold(sweep), pytest.raises(UserError, match="its test images are opened once it has ended"):
        run(sweep)
    assert sweep.state().tests_opened == 0
    assert not (sweep.path / "evaluation").exists()


def test_images_that_have_changed_are_refused(sweep_of, halves, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(halves, moved)
    sweep = sweep_of("segmentation")
    text = sweep.spec_path.read_text().replace(str(halves), str(moved))
    sweep.spec_path.write_text(text)
    run(sweep, split="val")
    shutil.copy(moved / "test" / "0.png", moved / "test" / "1.png")
    with pytest.raises(UserError, match="the images have changed since masks began"):
        run(sweep, split="val")
