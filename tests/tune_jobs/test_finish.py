"""The end of a sweep, step by step: what fails costs itself alone, is said, and is made good by `tune report`."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import load as load_data
from cnnmodels.errors import DataError
from reports.pages import report
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.gallery import read_index
from reports.records.record import SweepEnded
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.loading import load
from tests.tune_jobs.sweeps import wait_until
from tune_jobs.driver import resume
from tune_jobs.finish import finish_again, finish_sweep, missing_of, ready_to_finish
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.prepare import how_moved, load_known, moved, summary_of
from tune_jobs.progress import SilentProgress
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.workers.trainable import TrialContext, run_trial

pytestmark = pytest.mark.slow
SILENT = SilentProgress()
SMALL = [
    "data.image_size=[16,24]",
    "fixed.width=4",
    "fixed.levels=2",
    "fixed.batch_size=2",
    "budget.trials=2",
    "budget.max_epochs=1",
    "budget.grace_epochs=1",
    "budget.reduction_factor=null",
]


def photos(root: Path) -> Path:
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        (root / split).mkdir(parents=True)
        (root / f"{split}annot").mkdir()
        for number in range(3):
            pixels = random.integers(0, 255, (16, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / split / f"{number}.png")
            Image.fromarray(pixels[..., 0] % 3).save(root / f"{split}annot" / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A sweep whose trials have ended and kept their weights, and nothing else; the images and the cache beside it."""
    here = tmp_path_factory.mktemp("trained")
    folder = SweepFolder(here / "sweeps" / "s")
    folder.trial_path("").mkdir(parents=True)
    space = load("seg_unet", [*SMALL, f"data.path={photos(here / 'photos')}"])
    data = load_data(space.data, here / "cache", space.task)
    spec = SweepSpec(name="s", command="", source="", seed=0, versions={}, space=space, data=summary_of(data))
    write_atomically(folder.spec_path, spec.model_dump_json())
    context = TrialContext(
        trials=folder.trial_path(""),
        uri=None,
        data=space.data,
        cache=here / "cache",
        fingerprint=data.fingerprint,
        metric="val_miou",
        mode="max",
        threads=1,
    )
    scheduler = SweepScheduler(folder, spec, trials=2, slots=1)
    while assignment := scheduler.next_trial():
        scheduler.started(assignment, node="n", slot=0)
        for message in run_trial(assignment.trial, assignment.config, context):
            scheduler.hear(message)
    scheduler.close(SweepEnded(reason="completed"))
    return here


@pytest.fixture
def here(trained, tmp_path, monkeypatch):
    """The same in a folder of the test's own."""
    shutil.copytree(trained, tmp_path / "here", dirs_exist_ok=True)
    spec = tmp_path / "here" / "sweeps" / "s" / "sweep.json"
    spec.write_text(spec.read_text().replace(str(trained), str(tmp_path / "here")))
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "here" / "cache"))
    return tmp_path / "here"


@pytest.fixture
def folder(here):
    return SweepFolder(here / "sweeps" / "s")


def pictures(folder: SweepFolder) -> list[str]:
    return [name for row in read_index(folder)["rows"] for name in row["pictures"].values()]


def whole(folder: SweepFolder) -> bool:
    for name in (names := pictures(folder)):
        with Image.open(folder.gallery_path / name) as picture:
            picture.load()
    return missing_of(folder, folder.spec()) == [] and len(names) == 3 * 5


def test_a_driver_killed_while_it_drew_lacks_its_pages_and_the_next_report_draws_them(here, folder):
    folder.gallery_path.mkdir()
    (folder.gallery_path / "00_input.png").write_bytes(b"half a pict")
    assert missing_of(folder, folder.spec()) == ["its report", "its pictures"]
    target = LaunchTarget(here / "sweeps", here / "cache")
    with pytest.raises(SweepError, match=r"\(2 trials\)\. It lacks its report and its pictures: tune report s"):
        resume(folder, target, SILENT)
    assert finish_again(folder, here / "cache", SILENT) == ()
    assert whole(folder)
    with pytest.raises(SweepError, match=r"is complete \(2 trials\)\. More: "):
        resume(folder, target, SILENT)


def test_a_sweep_goes_on_with_images_that_moved_and_never_with_others(here, folder):
    spec, cache = folder.spec(), here / "cache"
    (here / "photos").rename(here / "moved")
    with pytest.raises(DataError, match=r"photos: no such folder.*; where the images have moved, --data says so"):
        load_known(spec, cache, SILENT)
    there = moved(spec, here / "moved")
    assert load_known(there, cache, SILENT).fingerprint == spec.data.fingerprint
    assert how_moved(spec, there) == [f"The images are in {here}/moved; they were in {here}/photos"]
    assert how_moved(spec, moved(spec, None)) == []
    shutil.copy(here / "moved" / "train" / "0.png", here / "moved" / "train" / "1.png")
    with pytest.raises(SweepError, match="moved: the images have changed since s began, or are others"):
        load_known(there, cache, SILENT)
    generated = spec.model_copy(update={"space": load("seg_unet")})
    with pytest.raises(SweepError, match="trains on generated images; leave --data out"):
        moved(generated, here)


def test_a_whole_end_is_told_of_nothing(here, folder):
    assert finish_sweep(folder, folder.spec(), "completed", here / "cache", SILENT) == ()
    assert whole(folder)
    assert not folder.state().notes


def test_damaged_weights_cost_the_pictures_of_their_trial_alone(here, folder):
    best, other = folder.state().ranked("val_miou", "max")
    (folder.trial_path(best.trial) / "best.pt").write_bytes(b"damaged")
    (said,) = finish_sweep(folder, folder.spec(), "completed", here / "cache", SILENT)
    assert f"trials/{best.trial}/best.pt: not a whole checkpoint" in said
    assert read_index(folder)["trial"] == other.trial
    assert "best.pt: not a whole checkpoint" in folder.state().notes[0].text
    assert folder.report_path.exists()
    assert missing_of(folder, folder.spec()) == ["its pictures"]


def test_images_that_are_gone_cost_the_pictures_unless_they_were_decoded_here(here, folder):
    (here / "photos").rename(here / "moved")
    (said,) = finish_sweep(folder, folder.spec(), "completed", here / "empty cache", SILENT)
    assert said.startswith("pictures: ")
    assert "photos: no such folder" in said
    assert folder.report_path.exists()
    assert len(finish_again(folder, here / "empty cache", SILENT)) == 1
    assert finish_again(folder, here / "empty cache", SILENT, data=here / "moved") == ()
    assert whole(folder)
    shutil.rmtree(folder.gallery_path)
    assert finish_again(folder, here / "cache", SILENT) == (), "this machine had decoded them"


def test_a_picture_that_cannot_be_written_costs_that_picture(here, folder):
    (folder.gallery_path / "01_truth.png").mkdir(parents=True)
    (said,) = finish_sweep(folder, folder.spec(), "completed", here / "cache", SILENT)
    assert said == "pictures: Is a directory"
    assert len(pictures(folder)) == 3 * 5 - 1
    assert folder.report_path.read_text().count("<img alt=") == 3 * 5 - 1
    (folder.gallery_path / "01_truth.png").rmdir()
    assert finish_again(folder, here / "cache", SILENT) == ()
    assert whole(folder)


def test_on_a_full_disk_every_step_is_tried_and_with_room_the_report_is_drawn(here, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        folder = SweepFolder(disk / "s")
        shutil.copytree(here / "sweeps" / "s", folder.path)
        with contextlib.suppress(OSError), (disk / "hog").open("wb", buffering=0) as hog:
            while hog.write(bytes(4096)):
                pass
        missing = finish_sweep(folder, folder.spec(), "completed", here / "cache", SILENT)
        assert [text.partition(":")[0] for text in missing] == ["pictures", "the report"]
        assert all("No space left on device" in text for text in missing)
        with pytest.raises(SweepError, match=r"report\.html: cannot be written \(No space left on device\)"):
            finish_again(folder, here / "cache", SILENT)
        (disk / "hog").unlink()
        assert finish_again(folder, here / "cache", SILENT) == ()
        assert whole(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_the_report_gets_ready_once_the_last_trial_has_begun():
    report._packed_plotly.cache_clear()
    state = SweepState(trials_requested=2)
    with ready_to_finish(SILENT.watch(None))(state, None):
        state.trials["0000"] = TrialState("0000")
        assert not report._packed_plotly.cache_info().currsize
        state.trials["0001"] = TrialState("0001")
        wait_until(lambda: report._packed_plotly.cache_info().currsize)
