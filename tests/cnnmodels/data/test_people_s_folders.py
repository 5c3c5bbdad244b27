"""Image folders as people have them, each of `benchmarks/cases.py`, and that what was decoded is not used again
where it would mean something else."""

from __future__ import annotations

import pytest

from benchmarks.image_cases import CASES, outcome_of
from benchmarks.image_cases.case import bands, camvid, class_folders, noise, save
from benchmarks.image_cases.layouts import COLORED, TABLE
from cnnmodels.data import DataSpec, load
from cnnmodels.data.layouts import tasks_of
from cnnmodels.errors import DataError


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_folder_gives_what_its_person_expects(case, tmp_path):
    got = outcome_of(case, tmp_path)
    assert case.right(got), f"expected {case.expected}, got {got}"


def loaded(root, cache, task="segmentation", **options):
    return load(DataSpec(path=root, image_size=(32, 32), **options), cache, task)


def test_a_changed_table_of_colours_is_noticed(tmp_path):
    root = tmp_path / "pairs"
    camvid(root, COLORED)
    (root / "labelmap.txt").write_text(TABLE)
    assert loaded(root, tmp_path / "cache").classes == ("background", "Cat", "Dog")
    (root / "labelmap.txt").write_text(TABLE.replace("Dog", "Wolf"))
    assert loaded(root, tmp_path / "cache").classes == ("background", "Cat", "Wolf")


def test_other_labels_are_other_data(tmp_path):
    camvid(tmp_path / "pairs", bands(0, 1, 2))
    plain = loaded(tmp_path / "pairs", tmp_path / "cache")
    named = loaded(tmp_path / "pairs", tmp_path / "cache", labels={0: "a", 1: "b", 2: "b"})
    assert plain.fingerprint != named.fingerprint
    assert named.classes == ("a", "b")


def test_what_is_left_out_is_said_though_the_images_are_decoded_already(tmp_path):
    root, cache = tmp_path / "birds", tmp_path / "cache"
    class_folders(root, "owl", "wren")
    assert loaded(root, cache, "classification").left_out == ()
    save(root / ".thumbnails" / "0.jpg", noise(8, 8))
    (root / "owl" / "0.NEF").touch()
    assert loaded(root, cache, "classification").left_out == (
        "passed over what tools and sweeps leave (1): .thumbnails/",
        "left out files of formats that are not read (1 of .nef): owl/0.NEF",
    )


def test_a_mask_that_is_missing_is_said_whatever_task_is_looked_for(tmp_path):
    camvid(tmp_path, bands(0, 1))
    (tmp_path / "trainannot" / "2.png").unlink()
    with pytest.raises(DataError, match="1 of 4 images have no mask"):
        tasks_of(DataSpec(path=tmp_path))


def test_the_years_of_voc_are_told_apart_by_the_latest(tmp_path):
    for year, mask in (("VOC2007", bands(0, 1)), ("VOC2012", bands(0, 2))):
        for split in ("train", "val"):
            listing = tmp_path / "VOCdevkit" / year / "ImageSets" / "Segmentation" / f"{split}.txt"
            listing.parent.mkdir(parents=True, exist_ok=True)
            listing.write_text("a b\n")
        save(tmp_path / "VOCdevkit" / year / "JPEGImages" / "a b.jpg", noise())
        save(tmp_path / "VOCdevkit" / year / "SegmentationClass" / "a b.png", mask)
    assert "(VOC2012)" in loaded(tmp_path, tmp_path / "cache").layout
