"""Files that lead nowhere, hide one another or are damaged: refused by name, never a traceback."""

import ast
import os

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from cnnmodels.data import VOID, DataSpec, load
from cnnmodels.data.sources import decode_photo
from cnnmodels.errors import DataError
from tests.conftest import ROOT


@pytest.fixture
def pairs(tmp_path):
    """A small folder in the layout of CamVid."""
    root = tmp_path / "pairs"
    noise = np.random.default_rng(0)
    for split in ("train", "val"):
        (root / split).mkdir(parents=True)
        (root / f"{split}annot").mkdir()
        for number in range(3):
            picture = noise.integers(0, 255, (12, 16, 3), dtype=np.uint8)
            Image.fromarray(picture).save(root / split / f"{number}.jpg")
            Image.fromarray(np.resize(np.arange(3, dtype=np.uint8), (12, 16))).save(
                root / f"{split}annot" / f"{number}.png"
            )
    return root


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def loaded(root, cache):
    return load(DataSpec(path=root, image_size=(12, 16)), cache, "segmentation")


@pytest.mark.parametrize("target", ["gone.jpg", "1.jpg"], ids=["to a file that is gone", "to itself"])
def test_a_link_that_leads_nowhere_is_refused_by_name(pairs, cache, target):
    link = pairs / "train" / "1.jpg"
    link.unlink()
    link.symlink_to(target)
    with pytest.raises(DataError, match=r"train/1\.jpg: a link that leads nowhere; repair or remove it"):
        loaded(pairs, cache)


def test_a_link_that_stays_in_the_folder_is_followed(pairs, cache):
    link = pairs / "train" / "1.jpg"
    link.unlink()
    link.symlink_to("0.jpg")
    images = loaded(pairs, cache).train.images
    assert np.array_equal(images[0], images[1])


@pytest.mark.parametrize(("folder", "first"), [("train", "1.jpg"), ("trainannot", "1.bmp")])
def test_two_images_that_differ_in_their_ending_alone_are_refused(pairs, cache, folder, first):
    with Image.open(next((pairs / folder).glob("1.*"))) as image:
        image.save(pairs / folder / ("1.png" if folder == "train" else first))
    with pytest.raises(DataError, match=rf"{folder}: {first} and 1\.png differ in their ending alone; remove one"):
        loaded(pairs, cache)


def test_class_folders_keep_images_that_differ_in_their_ending_alone(pairs, cache):
    for home in (pairs / "birds" / split / name for split in ("train", "val") for name in ("owl", "wren")):
        home.mkdir(parents=True)
        for ending in ("jpg", "png"):
            Image.new("RGB", (16, 12)).save(home / f"1.{ending}")
    assert len(load(DataSpec(path=pairs / "birds", image_size=(12, 16)), cache, "classification").train) == 4


def test_a_mask_saved_as_jpeg_is_refused(pairs, cache):
    drawn = pairs / "trainannot" / "1.png"
    with Image.open(drawn) as mask:
        mask.save(drawn.with_suffix(".jpg"))
    drawn.unlink()
    with pytest.raises(DataError, match=r"1\.jpg: a JPEG mask; its compression blurs .* save masks as PNG"):
        loaded(pairs, cache)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # a damaged header may claim any size
@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "ppm", "webp"])
def test_bytes_that_are_damaged_are_read_or_refused_by_name(tmp_path, ending):
    random = np.random.default_rng(0)
    path = tmp_path / f"photo.{ending}"
    Image.fromarray(random.integers(0, 255, (12, 16, 3), dtype=np.uint8)).save(path)
    whole, refused = path.read_bytes(), 0
    for _ in range(150):
        content = bytearray(whole)
        for place in random.integers(0, min(len(content), 200), random.integers(1, 5)):
            content[place] = random.integers(0, 256)
        path.write_bytes(content[: random.integers(len(content) // 2, len(content) + 1)])
        try:
            assert decode_photo(path, (6, 8)).shape == (6, 8, 3)
        except DataError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017 -- either outcome is right, by the bytes
            refused += 1
    assert refused


@pytest.mark.parametrize("size", [(0, 128), (96, -1)])
def test_a_size_without_pixels_is_refused(size):
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        DataSpec(name="streets", image_size=size)


def test_a_spec_needs_some_source_and_knows_no_other_field():
    with pytest.raises(ValidationError, match="needs a name"):
        DataSpec()
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        DataSpec(name="streets", size=3)


@pytest.mark.slow
def test_all_of_voc_is_read_by_its_official_lists(shared_data, tmp_path, cache):
    real = shared_data / "voc2007_masks" / "VOC2007"
    home = tmp_path / "VOC2007"
    (home / "JPEGImages").mkdir(parents=True)
    (home / "SegmentationClass").mkdir()
    (home / "ImageSets" / "Segmentation").mkdir(parents=True)
    for listing in (real / "ImageSets" / "Segmentation").glob("*.txt"):
        (home / "ImageSets" / "Segmentation" / listing.name).write_text(listing.read_text())
    for drawn in (real / "SegmentationClass").iterdir():
        (home / "SegmentationClass" / drawn.name).write_bytes(drawn.read_bytes())
        with Image.open(drawn) as mask:
            mask.convert("RGB").save(home / "JPEGImages" / f"{drawn.stem}.jpg")
    data = load(DataSpec(path=tmp_path, image_size=(48, 64)), cache, "segmentation")
    assert data.test is not None
    assert (len(data.train), len(data.val), len(data.test)) == (209, 213, 210)
    assert set(np.unique(data.train.targets)) == {*range(21), VOID}
    assert "VOC" in data.layout


def test_voc_masks_without_their_photos_are_refused_by_name(shared_data, cache):
    with pytest.raises(DataError, match=r"JPEGImages/\d+\.jpg: no such file, but \w+\.txt lists"):
        loaded(shared_data / "voc2007_masks", cache)


def test_a_file_that_is_in_truth_postscript_starts_no_interpreter(pairs, cache, tmp_path, monkeypatch):
    interpreter = tmp_path / "bin" / "gs"
    interpreter.parent.mkdir()
    interpreter.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    interpreter.chmod(0o755)
    monkeypatch.setenv("PATH", f"{interpreter.parent}{os.pathsep}{os.environ['PATH']}")
    Image.new("RGB", (16, 12)).save(pairs / "train" / "1.jpg", format="EPS")
    with pytest.raises(DataError, match=r"train/1\.jpg: cannot be read as an image"):
        loaded(pairs, cache)
    assert not (tmp_path / "ran").exists()


def test_every_image_is_opened_with_the_formats_that_it_may_have():
    opening = [
        ast.unparse(call)
        for path in (ROOT / "cnnmodels").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Image.open"
    ]
    assert opening
    assert all("formats=" in call for call in opening)
