"""Folders with more in them than images."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from PIL import Image

from benchmarks.image_cases.case import Case, bands, camvid, class_folders, noise, save, stems

HEIC = b"\0\0\0\x18ftypheic" + bytes(40)


def _litter(root: Path) -> None:
    """What a Mac, a Windows machine and a NAS leave."""
    for path in [path for path in root.rglob("*") if path.is_file()]:
        (path.parent / f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(40))
    for folder in [root, *(path for path in root.iterdir() if path.is_dir())]:
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (folder / "Thumbs.db").write_bytes(bytes(30))
        (folder / "desktop.ini").write_text("[x]")
    for name in (".ipynb_checkpoints", "@eaDir", "__MACOSX", ".thumbnails"):
        for number in range(3):
            save(root / name / f"{number}.jpg", noise(8, 8))


def _pairs_in_litter(root: Path) -> None:
    camvid(root, bands(0, 1))
    _litter(root)


def _classes_in_litter(root: Path) -> None:
    class_folders(root, "cat", "dog")
    _litter(root)


def _photos_in_litter(root: Path) -> None:
    for number in range(6):
        save(root / f"{number}.jpg", noise())
    _litter(root)


def _sweeps(root: Path, *, classes: bool) -> None:
    if classes:
        class_folders(root, "cat", "dog")
    else:
        for number in range(6):
            save(root / f"{number}.jpg", noise())
    for name in ("first", "second"):
        save(root / "sweeps" / name / "gallery" / "00_input.png", noise())
        (root / "sweeps" / name / "sweep.json").write_text("{}")


def _two_spellings(root: Path) -> None:
    for split, stem in stems("Straße Grün é {}"):
        save(root / split / (unicodedata.normalize("NFD", stem) + ".jpg"), noise())
        save(root / f"{split}annot" / (unicodedata.normalize("NFC", stem) + ".png"), bands(0, 1))


def _class_in_two_spellings(root: Path) -> None:
    for split, form in (("train", "NFD"), ("valid", "NFC")):
        class_folders(root / split, unicodedata.normalize(form, "Grün"), "rot", images=2)


def _telephone(root: Path) -> None:
    class_folders(root, "bus", "car")
    (root / "tram").mkdir()
    for number in range(4):
        (root / "tram" / f"IMG_{number}.HEIC").write_bytes(HEIC)


def _raw(root: Path) -> None:
    class_folders(root, "bus", "car")
    (root / "tram").mkdir()
    for number in range(4):
        (root / "tram" / f"IMG_{number}.DNG").write_bytes(bytes(40))


def _nested(root: Path) -> None:
    class_folders(root, "cat/2021", "cat/2022", "dog/2021", "fox")


def _latin1(root: Path) -> None:
    for split, stem in stems("tmp{}"):
        for folder, ending, pixels in ((split, "jpg", noise()), (f"{split}annot", "png", bands(0, 1))):
            path = save(root / folder / f"{stem}.{ending}", pixels)
            os.rename(path, os.fsencode(path.parent) + b"/gr\xfcn" + os.fsencode(path.name))  # noqa: PTH104 -- bytes


CASES = [
    Case("litter of systems beside pairs", _pairs_in_litter, "4 + 2 images", lambda got: got.has(4, 2, 2)),
    Case(
        "litter of systems beside classes",
        _classes_in_litter,
        "two classes, and says what it passed over",
        lambda got: got.has(6, 2, ("cat", "dog")) and "passed over" in str(got),
        task="classification",
    ),
    Case(
        "litter of systems beside photos", _photos_in_litter, "6 photos", lambda got: got.has(5, 1), task="colorization"
    ),
    Case(
        "photos beside the sweeps",
        lambda root: _sweeps(root, classes=False),
        "no picture of a gallery",
        lambda got: got.has(5, 1) and "sweeps/" in str(got),
        task="colorization",
    ),
    Case(
        "classes beside the sweeps",
        lambda root: _sweeps(root, classes=True),
        "sweeps is no class",
        lambda got: got.has(6, 2, ("cat", "dog")),
        task="classification",
    ),
    Case("photos of a Mac, masks of another", _two_spellings, "paired", lambda got: got.has(4, 2, 2)),
    Case(
        "a class of a Mac, validated on another",
        _class_in_two_spellings,
        "one class",
        lambda got: got.has(4, 4, ("Grün", "rot")),
        task="classification",
    ),
    Case(
        "a class that is all HEIC",
        _telephone,
        "read, or their number and what to do",
        lambda got: got.says("tram", "HEIC", "pip install pillow-heif", "4 .HEIC"),
        task="classification",
    ),
    Case(
        "a class that is all HEIC, skipped",
        _telephone,
        "the class is named",
        lambda got: got.has(6, 2) and "tram" in str(got),
        task="classification",
        spec={"skip_broken": True},
    ),
    Case(
        "a class that is all raw",
        _raw,
        "the class and the files are named",
        lambda got: got.has(6, 2, 2) and "tram" in str(got) and ".dng" in str(got),
        task="classification",
    ),
    Case(
        "classes in folders of years",
        _nested,
        "three classes",
        lambda got: got.has(12, 4, ("cat", "dog", "fox")),
        task="classification",
    ),
    Case(
        "classes in a folder of an archive",
        lambda root: class_folders(root / "birds-master", "owl", "wren"),
        "two classes",
        lambda got: got.has(6, 2, ("owl", "wren")),
        task="classification",
    ),
    Case(
        "an empty class",
        lambda root: [class_folders(root, "cat", "dog"), (root / "fox").mkdir()],
        "it is named",
        lambda got: got.has(6, 2, 2) and "fox" in str(got),
        task="classification",
    ),
    Case(
        "Train, Valid",
        lambda root: [
            class_folders(root, f"{split}/{name}", images=2) for split in ("Train", "Valid") for name in "ab"
        ],
        "split by folder",
        lambda got: got.has(4, 4, ("a", "b")),
        task="classification",
    ),
    Case(
        "a GIF class",
        lambda root: [
            class_folders(root, "a", "b"),
            save(root / "c" / "0.gif", Image.fromarray(noise())),
            save(root / "c" / "1.gif", Image.fromarray(noise())),
        ],
        "read",
        lambda got: got.has(7, 3, 3),
        task="classification",
    ),
    Case("names in Latin-1", _latin1, "read", lambda got: got.has(4, 2, 2)),
    Case(
        "masks asked to be classes",
        lambda root: camvid(root, bands(0, 1)),
        "one line: segmentation",
        lambda got: got.says("masks", "segmentation"),
        task="classification",
    ),
]
