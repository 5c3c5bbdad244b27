"""Folders of photos: classes by folder, colour photos, and what is done about broken ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import DataSpec, load
from cnnmodels.data.download import download
from cnnmodels.errors import DataError


def photo(path, shade=100, size=(20, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(shade).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, quality=95)


@pytest.fixture
def birds(tmp_path):
    root = tmp_path / "birds"
    for split, count in (("train", 4), ("valid", 2), ("test", 1)):
        for name in ("duck", "owl"):
            for number in range(count):
                photo(root / split / name / f"{number}.jpg", shade=number)
    return root


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def spec(path, **options):
    return DataSpec(path=path, image_size=(16, 20), **options)


def test_a_folder_for_each_class_under_each_split(birds, cache):
    data = load(spec(birds), cache, "classification")
    assert data.classes == ("duck", "owl")
    assert (len(data.train), len(data.val), len(data.test)) == (8, 4, 2)
    assert data.train.targets.tolist() == [0] * 4 + [1] * 4
    assert data.train.images.shape == (8, 3, 16, 20)


def test_real_birds_are_recognised(shared_data, cache):
    data = load(spec(shared_data / "birds12"), cache, "classification")
    assert (len(data.train), len(data.val), len(data.classes)) == (279, 93, 12)


def test_class_folders_without_splits_are_split_class_by_class(birds, cache):
    data = load(spec(birds / "train", val_share=0.25), cache, "classification")
    assert np.bincount(data.train.targets).tolist() == [3, 3]
    assert np.bincount(data.val.targets).tolist() == [1, 1]
    assert load(spec(birds / "train", val_share=0.25), cache, "classification").fingerprint == data.fingerprint


def test_a_class_of_one_image_cannot_be_split(birds, cache):
    photo(birds / "train" / "cat" / "0.jpg")
    with pytest.raises(DataError, match="class 'cat' has 1 image; it needs 2 to be split"):
        load(spec(birds / "train"), cache, "classification")


def test_a_class_that_is_only_validated_is_refused(birds, cache):
    photo(birds / "valid" / "cat" / "0.jpg")
    with pytest.raises(DataError, match="class 'cat' is in val but not in train"):
        load(spec(birds), cache, "classification")


def test_any_folder_of_photos_can_be_coloured(birds, cache, shared_data):
    data = load(spec(birds), cache, "colorization")
    assert (len(data.train), len(data.val)) == (8, 4)
    assert data.train.targets is None
    flat = load(spec(shared_data / "landscapes"), cache, "colorization")
    assert (len(flat.train), len(flat.val)) == (256, 64)


def test_a_public_set_that_cannot_be_fetched_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*arguments, **options):
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.datasets.voc.download_and_extract_archive", no_network)
    with pytest.raises(DataError, match=r"cannot be fetched \(no route to host\). Fetch VOCtrainval_06-Nov-2007.tar"):
        download("voc2007", tmp_path)
    with pytest.raises(DataError, match="--download imagenet: no such set; there is voc2007"):
        download("imagenet", tmp_path)


def test_a_generated_set_of_another_task_is_refused(cache):
    with pytest.raises(DataError, match="streets is for segmentation; for classification there is shapes"):
        load(DataSpec(name="streets"), cache, "classification")


def spoil(path):
    path.write_bytes(path.read_bytes()[:-60])


def test_broken_images_stop_the_launch_by_name_and_count(birds, cache):
    spoil(birds / "train" / "duck" / "1.jpg")
    spoil(birds / "train" / "owl" / "2.jpg")
    with pytest.raises(
        DataError, match=r"duck/1\.jpg: is truncated.*\(1 more are broken as well; in all 2 \.jpg\).*--skip-broken"
    ):
        load(spec(birds), cache, "classification")


def test_broken_images_can_be_skipped_and_are_counted(birds, cache):
    spoil(birds / "train" / "duck" / "1.jpg")
    data = load(spec(birds, skip_broken=True), cache, "classification")
    assert data.train.targets.tolist() == [0] * 3 + [1] * 4
    assert len(data.train.images) == 7
    assert "1 broken images skipped" in data.layout


def test_a_split_without_a_readable_image_is_refused_all_the_same(birds, cache):
    for path in (birds / "valid").rglob("*.jpg"):
        spoil(path)
    with pytest.raises(DataError, match="no image of the val split can be read"):
        load(spec(birds, skip_broken=True), cache, "classification")


def test_a_photo_is_turned_as_its_camera_says(birds, cache):
    upright = np.zeros((16, 20, 3), dtype=np.uint8)
    upright[:, :10] = 255  # bright on the left
    picture = Image.fromarray(upright)
    exif = picture.getexif()
    exif[0x0112] = 3  # upside down
    picture.save(birds / "train" / "duck" / "0.jpg", exif=exif, quality=95)
    image = load(spec(birds), cache, "classification").train.images[0]
    assert image[:, :, :8].mean() < 20
    assert image[:, :, 12:].mean() > 235
