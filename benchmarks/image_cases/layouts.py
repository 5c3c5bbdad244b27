"""Folders of photos and masks as challenges, tools and people lay them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.image_cases.case import Case, bands, camvid, noise, save, stems
from cnnmodels.data import VOID

TABLE = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nCat:48,112,32::\nDog:176,112,32::\n"
CAT, DOG = (48, 112, 32), (176, 112, 32)
COLORED = np.array([(0, 0, 0), CAT, DOG], dtype=np.uint8)[bands(0, 1, 2)]


def _voc(
    home: Path, *, name: str = "p{}", ending: str = "jpg", mask: Any = None, lists: tuple[str, ...] = ("train", "val"),
    line: str = "{}", head: bytes = b"",
) -> None:  # fmt: skip
    """A VOC folder whose lists have such names and lines."""
    for place, split in enumerate(lists):
        names = [name.format(10 * place + number) for number in range((4, 2)[place])]
        listing = home / "ImageSets" / "Segmentation" / f"{split}.txt"
        listing.parent.mkdir(parents=True, exist_ok=True)
        listing.write_bytes(head + "".join(line.format(one) + "\r\n" for one in names).encode())
        for one in names:
            save(home / "JPEGImages" / f"{one}.{ending}", noise(), format="JPEG")
            save(home / "SegmentationClass" / f"{one}.png", bands(0, 1, 2) if mask is None else mask)


def _cvat(root: Path, lists: tuple[str, ...]) -> None:
    _voc(root, name="frame_{}", mask=COLORED, lists=lists)
    (root / "labelmap.txt").write_text(TABLE)


def _labelme_voc(root: Path) -> None:
    for _, stem in stems():
        save(root / "JPEGImages" / f"{stem}.jpg", noise())
        save(root / "SegmentationClassPNG" / f"{stem}.png", bands(0, 1, 2))
    (root / "class_names.txt").write_text("__ignore__\n_background_\ncat\ndog\n")


def _folders(photos: str, masks: str, *, photo: str = "{}", mask: str = "{}", number: int = 6) -> Any:
    def make(root: Path) -> None:
        for one in range(number):
            save(root / photos / f"{photo.format(one)}.jpg", noise())
            save(root / masks / f"{mask.format(one)}.png", bands(0, 1))

    return make


def _by_split(
    photos: str, masks: str, *, photo: str = "{}", mask: str = "{}", val: str = "val", extra: str = ""
) -> Any:
    def make(root: Path) -> None:
        for split, stem in stems():
            split = val if split == "val" else split
            save(root / photos.format(split) / f"{photo.format(stem)}.jpg", noise())
            save(root / masks.format(split) / f"{mask.format(stem)}.png", bands(0, 1))
        if extra:
            (root / extra.partition("=")[0]).write_text(extra.partition("=")[2])

    return make


def _cityscapes(root: Path) -> None:
    for split, stem in stems("aachen_{}"):
        save(root / "leftImg8bit" / split / "aachen" / f"{stem}_leftImg8bit.png", noise())
        for kind, mask in (
            ("color", COLORED),
            ("instanceIds", bands(7, 26001, kind=np.uint16)),
            ("labelIds", bands(0, 7, 26, 33)),
        ):
            save(root / "gtFine" / split / "aachen" / f"{stem}_gtFine_{kind}.png", mask)
    save(root / "leftImg8bit" / "test" / "bonn" / "bonn_0_leftImg8bit.png", noise())
    save(root / "gtFine" / "test" / "bonn" / "bonn_0_gtFine_labelIds.png", bands(0, 1))


def _supervisely(root: Path) -> None:
    for number in range(6):
        save(root / "project" / "ds0" / "img" / f"{number}.jpg", noise())
        save(root / "project" / "ds0" / "masks_machine" / f"{number}.png", bands(0, 1, 2))
        save(root / "project" / "ds0" / "masks_human" / f"{number}.png", COLORED)
        (root / "project" / "ds0" / "ann").mkdir(exist_ok=True)
        (root / "project" / "ds0" / "ann" / f"{number}.jpg.json").write_text("{}")
    table = {"cat": [1, 1, 1], "dog": [2, 2, 2]}
    (root / "project" / "obj_class_to_machine_color.json").write_text(json.dumps(table))


def _kaggle_camvid(root: Path) -> None:
    for split, stem in stems("0001TP_{}"):
        save(root / split / f"{stem}.png", noise())
        save(root / f"{split}_labels" / f"{stem}_L.png", COLORED)
    (root / "class_dict.csv").write_text("name,r,g,b\nSky,0,0,0\nCat,48,112,32\nVoid,176,112,32\n")


def _carvana(root: Path) -> None:
    """Photos and masks of CamVid's folders, the masks called as Carvana calls them."""
    for split, stem in stems("car{}"):
        save(root / split / f"{stem}.jpg", noise())
        save(root / f"{split}annot" / f"{stem}_mask.png", bands(0, 1))


def _missing_mask(root: Path) -> None:
    _folders("images", "masks", mask="m{}x")(root)
    (root / "masks" / "m3x.png").unlink()


def _ade(root: Path) -> None:
    _by_split("images/{}", "annotations/{}", val="validation")(root)
    for kind in ("images", "annotations"):
        (root / kind / "train").rename(root / kind / "training")


def _yolo(root: Path) -> None:
    for number in range(6):
        save(root / "images" / f"{number}.jpg", noise())
        (root / "labels").mkdir(exist_ok=True)
        (root / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.2 0.2\n")


def _misspelt(root: Path) -> None:
    camvid(root, bands(0, 1))
    for split in ("train", "val"):
        (root / f"{split}annot").rename(root / f"{split}anot")


ROBOFLOW = "_classes.csv=Pixel Value, Class\n0, ground\n1, cat\n"
SPLIT, HELD = (4, 2), (5, 1)
CASES = [
    Case(
        "VOC: names with spaces",
        lambda root: _voc(root / "VOC2007", name="photo {}"),
        "4 + 2",
        lambda got: got.has(*SPLIT, 21),
    ),
    Case(
        "VOC: a BOM in the list",
        lambda root: _voc(root / "VOC2007", head=b"\xef\xbb\xbf"),
        "4 + 2",
        lambda got: got.has(*SPLIT, 21),
    ),
    Case(
        "VOC: a column behind the name",
        lambda root: _voc(root / "VOC2007", line="{}  -1"),
        "4 + 2",
        lambda got: got.has(*SPLIT),
    ),
    Case(
        "VOC: paths for names",
        lambda root: _voc(root / "VOC2007", line="JPEGImages/{}.jpg"),
        "4 + 2",
        lambda got: got.has(*SPLIT),
    ),
    Case("VOC: .JPG", lambda root: _voc(root / "VOC2007", ending="JPG"), "4 + 2", lambda got: got.has(*SPLIT)),
    Case("VOC: VOC2012", lambda root: _voc(root / "VOC2012", name="2008_{}"), "4 + 2", lambda got: got.has(*SPLIT, 21)),
    Case(
        "VOC: VOCdevkit/VOC2012",
        lambda root: _voc(root / "VOCdevkit" / "VOC2012"),
        "4 + 2",
        lambda got: got.has(*SPLIT, 21),
    ),
    Case(
        "VOC: masks of 0 and 255",
        lambda root: _voc(root, mask=bands(0, 255)),
        "two classes",
        lambda got: got.has(*SPLIT, 2),
    ),
    Case(
        "VOC: more labels than VOC has",
        lambda root: _voc(root, mask=bands(*range(30))),
        "30 classes",
        lambda got: got.has(*SPLIT, 30),
    ),
    Case(
        "CVAT: default.txt, labelmap.txt",
        lambda root: _cvat(root, ("default",)),
        "by its labelmap, split by a seed",
        lambda got: got.has(3, 1, ("background", "Cat", "Dog")),
    ),
    Case(
        "CVAT: train.txt, val.txt",
        lambda root: _cvat(root, ("train", "val")),
        "by its labelmap",
        lambda got: got.has(4, 2, ("background", "Cat", "Dog")) and got.data.colors[1] == CAT,
    ),
    Case(
        "labelme's VOC export",
        _labelme_voc,
        "by class_names.txt",
        lambda got: got.has(3, 1, ("_background_", "cat", "dog")),
    ),
    Case("masks: car0_mask.png", _carvana, "paired", lambda got: got.has(*SPLIT, 2)),
    Case("images/ masks/", _folders("images", "masks"), "split by a seed", lambda got: got.has(*HELD, 2)),
    Case("imgs/ masks/ with _mask", _folders("imgs", "masks", mask="{}_mask"), "paired", lambda got: got.has(*HELD, 2)),
    Case(
        "image_1, mask_1",
        _folders("Images", "Labels", photo="image_{}", mask="mask_{}"),
        "paired",
        lambda got: got.has(*HELD, 2),
    ),
    Case("0.jpg, 0.jpg.png", _folders("images", "annotations", mask="{}.jpg"), "paired", lambda got: got.has(*HELD, 2)),
    Case(
        "an addition that no list knows",
        _folders("images", "masks", mask="{}_handmade"),
        "paired",
        lambda got: got.has(*HELD, 2),
    ),
    Case(
        "images/ annotations/trimaps/",
        _folders("images", "annotations/trimaps"),
        "paired",
        lambda got: got.has(*HELD, 2),
    ),
    Case(
        "one folder, a.jpg and a_mask.png",
        _folders(".", ".", photo="p{}", mask="p{}_mask"),
        "paired",
        lambda got: got.has(*HELD, 2),
    ),
    Case(
        "a mask is missing",
        _missing_mask,
        "one line with both names",
        lambda got: got.says("1 of 6", "3.jpg", "m0x.png"),
    ),
    Case("images/train masks/train", _by_split("images/{}", "masks/{}"), "by folder", lambda got: got.has(*SPLIT, 2)),
    Case("images/training annotations/training", _ade, "by folder", lambda got: got.has(*SPLIT, 2)),
    Case("train/images train/masks", _by_split("{}/images", "{}/masks"), "by folder", lambda got: got.has(*SPLIT, 2)),
    Case("train_masks beside train", _by_split("{}", "{}_masks"), "by folder", lambda got: got.has(*SPLIT, 2)),
    Case(
        "Roboflow: train/a.jpg a_mask.png",
        _by_split("{}", "{}", mask="{}_mask", val="valid", extra="train/" + ROBOFLOW),
        "by folder, by _classes.csv",
        lambda got: got.has(*SPLIT, ("ground", "cat")),
    ),
    Case(
        "Cityscapes",
        _cityscapes,
        "19 classes, the test masks left out",
        lambda got: got.has(*SPLIT, 19) and got.labels() == {0, 13, 18, VOID},
    ),
    Case("Supervisely", _supervisely, "by its machine masks", lambda got: got.has(*HELD, ("background", "cat", "dog"))),
    Case(
        "CamVid of Kaggle",
        _kaggle_camvid,
        "by class_dict.csv, Void is void",
        lambda got: got.has(*SPLIT, ("Sky", "Cat")) and got.labels() == {0, 1, VOID},
    ),
    Case(
        "YOLO's text files",
        _yolo,
        "one line: what is there, what is nearest",
        lambda got: got.says("images/", "6 .jpg", "nearest is images/ + masks/", "docs/your-images.md"),
    ),
    Case(
        "misspelt: trainanot",
        _misspelt,
        "one line with CamVid",
        lambda got: got.says("nearest is train/ + trainannot/"),
    ),
]
