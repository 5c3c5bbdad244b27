"""Folders of images that no sweep can learn from."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.tune_jobs.cli.bad_input import refuse, words


def images(change, *more):
    """A small CamVid folder with something wrong in it, launched."""

    def make(here):
        random = np.random.default_rng(0)
        for split in ("train", "val"):
            (here / "photos" / split).mkdir(parents=True)
            (here / "photos" / f"{split}annot").mkdir()
            for number in range(3):
                photo = random.integers(0, 255, (24, 32, 3), dtype=np.uint8)
                Image.fromarray(photo).save(here / "photos" / split / f"{number}.png")
                mask = np.resize(np.arange(3, dtype=np.uint8), (24, 32))
                Image.fromarray(mask).save(here / "photos" / f"{split}annot" / f"{number}.png")
        change(here / "photos")
        return ["launch", "seg_unet", "--data", "photos", "--set", "data.image_size=[24,32]", *more]

    return make


def save(path, pixels):
    Image.fromarray(pixels).save(path)


def birds(change):
    """A small folder of classes with something wrong in it, launched."""

    def make(here):
        for name in ("cat", "dog"):
            (here / "birds" / name).mkdir(parents=True)
            for number in range(4):
                save(here / "birds" / name / f"{number}.png", np.full((24, 32, 3), 40 * number, dtype=np.uint8))
        change(here / "birds")
        return ["launch", "cls_resnet18", "--data", "birds", "--set", "data.image_size=[24,32]"]

    return make


def truncate(folder):
    path = folder / "train" / "1.png"
    path.write_bytes(path.read_bytes()[:60])


def green_labels(root):
    labels = np.resize(np.arange(3), (24, 32))
    for path in root.glob("*annot/*.png"):
        save(path, np.dstack([np.zeros((24, 32)), labels, np.zeros((24, 32))]).astype(np.uint8))


def relabel(path, labels):
    save(path, np.resize(np.array(labels, dtype=np.uint8), (24, 32)))


def leave_by_a_link(root):
    (root / "train" / "1.png").unlink()
    (root / "train" / "1.png").symlink_to("/etc/hostname")


def voc_of_bytes(here):
    names = here / "voc" / "VOC2007" / "ImageSets" / "Segmentation"
    names.mkdir(parents=True)
    for split in ("train", "val"):
        (names / f"{split}.txt").write_bytes(b"\xff\xfe\x00")
    return ["launch", "voc_unet", "--data", "voc"]


def labels(table):
    return words("launch", "seg_unet", "--set", f"data.labels={table}")


def file_as_data(here):
    (here / "photos").write_text("not a folder")
    return ["launch", "seg_unet", "--data", "photos"]


TABLE = {
    "data missing": (words("launch", "seg_unet", "--data", "nowhere"), "nowhere: no such folder"),
    "data is a file": (file_as_data, "photos: "),
    "no images": (images(lambda root: [path.unlink() for path in (root / "train").iterdir()]), "no images"),
    "no mask": (
        images(lambda root: (root / "trainannot" / "1.png").unlink()),
        "1 of 3 images have no mask in trainannot: 1.png",
    ),
    "mask of another size": (
        images(lambda root: save(root / "trainannot" / "1.png", np.zeros((12, 16), dtype=np.uint8))),
        "train/1.png: 32x24 but its mask is 16x12",
    ),
    "label that is no class": (
        images(
            lambda root: save(root / "trainannot" / "1.png", np.full((24, 32), 7, dtype=np.uint8)),
            "--set",
            "data.classes=[a,b,c]",
        ),
        "label 7",
    ),
    "labels in the wrong channel": (
        images(green_labels),
        "a colour picture, and no table says which colour is which class; name them: --set 'data.labels={\"#000",
    ),
    "labels far apart": (
        images(lambda root: [relabel(path, [0, 1, 200]) for path in root.glob("*annot/*.png")]),
        "3 labels between 0 and 200 (0, 1, 200), which would be 201 classes, most of them empty; name those",
    ),
    "one class alone": (
        images(lambda root: [relabel(path, [1, 1, 255]) for path in root.glob("*annot/*.png")]),
        "the training masks hold one class alone (class_1) and 255, which is void",
    ),
    "a setting that is not of data": (words("data", ".", "--set", "fixed.width=4"), "only what is under data"),
    "a label that is none": (labels("{red: a, 1: b}"), "data.labels: 'red' is no label; write a grey"),
    "a name that is a truth": (labels("{0: false, 1: b}"), "reads as true or false; write it in quotes"),
    "nothing left to train on": (
        words("launch", "seg_unet", "--set", "data.images=20", "--set", "data.val_share=0.999"),
        "data.val_share: 0.999 of 20 images leaves none to train on; use less, such as 0.2",
    ),
    "images that no machine holds": (
        words("launch", "seg_unet", "--set", "data.image_size=[100000,100000]"),
        "data.image_size: 300 images of 100000x100000 pixels need about 1,280.0 GB of memory to decode",
    ),
    "images that no disk holds": (
        words("launch", "seg_unet", "--set", "data.images=500000", "--set", "data.image_size=[2000,3000]"),
        "needs about 12,000.0 GB, ",
    ),
    "void alone": (
        images(lambda root: [save(path, np.full((24, 32), 255, dtype=np.uint8)) for path in root.glob("*annot/*.png")]),
        "hold only void",
    ),
    "batch above the training set": (
        images(lambda root: None, "--set", "search.batch_size.choice=[2,3,16]", "--set", "search.batch_size.default=2"),
        "batch_size: 16 is more than the 3 training images; --set 'search.batch_size={choice: [2, 3], def",
    ),
    "layout that nobody knows": (
        images(lambda root: (root / "trainannot").rename(root / "masks")),
        "layout not recognised (it holds masks/ (3 .png), train/ (3 .png), val/ (3 .png), valannot/ (3 .png)); nearest",
    ),
    "image of too many pixels": (
        images(lambda root: Image.new("1", (20_000, 20_000)).save(root / "train" / "1.png")),
        "train/1.png: cannot be read as an image (Image size (400000000 pixels) exceeds limit",
    ),
    "list of names that is no text": (voc_of_bytes, "ImageSets/Segmentation/train.txt: cannot be read as a list of"),
    "truncated image": (images(truncate), "train/1.png: "),
    "text as an image": (images(lambda root: (root / "train" / "1.png").write_text("hello")), "train/1.png: "),
    "link out of the folder": (
        images(leave_by_a_link),
        "a link that leaves the data folder",
    ),
    "class of one image": (
        birds(lambda root: [path.unlink() for path in sorted((root / "cat").iterdir())[1:]]),
        "class 'cat' has 1 image; it needs 2 to be split",
    ),
    "one class": (
        birds(lambda root: [path.unlink() for path in (root / "cat").iterdir()]),
        "of one class alone",
    ),
    "no data to describe": (words("data", "nowhere"), "nowhere: no such folder"),
    "no such task": (words("data", ".", "--task", "sorting"), "--task sorting: no such task; there are classification"),
    "no classes": (
        words("launch", "cls_resnet18", "--data", "."),
        "what is understood for classification: train/CLASS",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_bad_images_are_one_line_exit_code_2_and_nothing_left_behind(name, tmp_path, monkeypatch, capfd):
    make, message = TABLE[name]
    refuse(make, message, tmp_path, monkeypatch, capfd)
