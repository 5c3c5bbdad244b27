"""Images that somebody's own code gives."""

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import DataSpec, load
from cnnmodels.data.image_size import with_size
from cnnmodels.errors import DataError
from cnnmodels.own.importing import imported
from tests.own_code import forgotten_afterwards

SOURCE = """
from pathlib import Path

import numpy as np
import torch
from PIL import Image


class Squares:
    {classes}

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, place):
        image = np.full((20, 40, 3), place, dtype=np.uint8)
        mask = np.zeros((20, 40), dtype=np.uint8)
        mask[5:15, 10:20] = 1
        return {item}


def squares():
    return {{"train": Squares(6), "val": Squares(3), "test": Squares(2)}}


def unsplit():
    return Squares(10)


def of_folder(path):
    count = len(list(Path(path).iterdir()))
    return {{"train": Squares(count), "val": Squares(2)}}


def broken():
    return Squares(3)[5].gone


def odd():
    return {{"training": Squares(3)}}


def empty():
    return {{"train": Squares(3), "val": Squares(0)}}
"""


@pytest.fixture(autouse=True)
def forget():
    with forgotten_afterwards():
        yield


def loaded(folder, item="image, mask", classes="", source="squares", task="segmentation", **spec):
    (folder / "strange_source.py").write_text(SOURCE.format(item=item, classes=classes))
    imported(f"strange_source:{source}", [folder])
    given = DataSpec(**{"source": f"strange_source:{source}", "image_size": (20, 40), **spec})
    return load(given, folder / "cache", task)


def test_splits_images_and_masks_are_those_that_it_gives(tmp_path):
    data = loaded(tmp_path)
    assert [len(split) for split in (data.train, data.val, data.test)] == [6, 3, 2]
    assert (data.train.images[4] == 4).all()
    assert data.train.images.shape == (6, 3, 20, 40)
    assert data.train.targets[0].sum() == 100
    assert data.classes == ("class_0", "class_1")
    assert data.layout == "strange_source:squares, split by it"


@pytest.mark.parametrize(
    "item",
    [
        "Image.fromarray(image), Image.fromarray(mask)",
        "torch.from_numpy(image).permute(2, 0, 1), torch.from_numpy(mask).long()",
        "torch.from_numpy(image).permute(2, 0, 1) / 255, mask.astype(np.int64)[None]",
        "image, mask.astype(bool)",
        "[image[..., 0], mask]",
    ],
)
def test_arrays_tensors_and_pictures_are_the_same(tmp_path, item):
    data = loaded(tmp_path, item)
    assert np.abs(data.train.images[4].astype(int) - 4).max() <= 1
    assert data.train.targets[0].sum() == 100


def test_labels_of_images_take_the_names_of_its_classes(tmp_path):
    data = loaded(tmp_path, "image, place % 2", 'classes = ["even", "odd"]', task="classification")
    assert data.classes == ("even", "odd")
    assert data.train.targets.tolist() == [0, 1, 0, 1, 0, 1]
    with pytest.raises(DataError, match="names no classes; give its data set `classes`"):
        loaded(tmp_path, "image, place % 2", task="classification")


def test_a_label_beyond_the_classes_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"train\[2\]: has label 2; classes are 0 to 1 \(even, odd\)"):
        loaded(tmp_path, "image, place", 'classes = ["even", "odd"]', task="classification")


def test_a_photo_is_taken_as_its_pixels_are_stored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned upright
    pixels = np.zeros((20, 40, 3), dtype=np.uint8)
    pixels[:, :20] = 200
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    data = loaded(tmp_path, f"Image.open({str(tmp_path / 'turned.png')!r}), mask")
    assert (data.train.images[0] == pixels.transpose(2, 0, 1)).all()


def test_photos_alone_are_enough_for_a_colorization(tmp_path):
    assert loaded(tmp_path, "image", task="colorization").train.targets is None


def test_one_data_set_is_split_by_a_seed(tmp_path):
    data = loaded(tmp_path, source="unsplit", val_share=0.3)
    assert (len(data.train), len(data.val), data.test) == (7, 3, None)


def test_it_gets_the_path_and_what_lies_there_is_part_of_what_is_decoded(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a").touch()
    (photos / "b").touch()
    assert len(loaded(tmp_path, source="of_folder", path=photos).train) == 2
    (photos / "c").touch()
    assert len(loaded(tmp_path, source="of_folder", path=photos).train) == 3


def test_other_code_is_decoded_anew(tmp_path):
    before = loaded(tmp_path)
    after = loaded(tmp_path, "image + 1, mask")
    assert (after.train.images[4] == 5).all()
    assert before.fingerprint != after.fingerprint


def test_labels_are_named_as_those_of_files_are(tmp_path):
    data = loaded(tmp_path, "image, mask * 7", labels={0: "ground", 7: "square"})
    assert data.classes == ("ground", "square")
    assert set(np.unique(data.train.targets[0])) == {0, 1}


def test_the_size_of_auto_is_that_of_the_images_themselves(tmp_path):
    loaded(tmp_path)
    spec = DataSpec(source="strange_source:squares")
    assert with_size(spec, "segmentation").size == (16, 32)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"source": "broken"}, r"strange_source:broken: fails: AttributeError.*strange_source.py, line \d+"),
        ({"source": "odd"}, "gives 'training'; give a data set"),
        ({"source": "empty"}, "its val split is empty"),
        ({"item": "place"}, r"strange_source:squares, train\[0\]: ValueError: an image of shape \[\]"),
        ({"item": "image, image / 0 * 'x'"}, r"train\[0\]: .*strange_source.py, line \d+"),
        ({"item": "image, mask[:10]"}, r"train\[0\]: 40x20 but its mask is 40x10"),
        ({"item": "image, None"}, r"train\[0\]: its target is none that is read here"),
        ({"item": "image, mask * 0"}, "the training masks hold one class alone"),
    ],
)
def test_what_fails_is_said_in_one_line_with_its_own(tmp_path, how, words):
    with pytest.raises(DataError, match=words) as refused:
        loaded(tmp_path, **how)
    assert "\n" not in str(refused.value)
