"""A folder that changed: only what is new in it is decoded, and the pack is the one that decoding it all would give."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import DataSpec, load, sources

SIZE = (12, 16)


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that are opened."""
    seen, real = [], sources.opened

    def opening(path):
        seen.append(f"{path.parent.name}/{path.name}")
        return real(path)

    monkeypatch.setattr(sources, "opened", opening)
    return seen


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def photo(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    Image.fromarray(random.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(path)


def mask(path, seed, labels=(0, 1, 2)):
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    blocks = random.choice(np.array(labels, dtype=np.uint8), (6, 8)).repeat(4, 0).repeat(4, 1)
    Image.fromarray(blocks).save(path)


@pytest.fixture
def pairs(tmp_path):
    root = tmp_path / "pairs"
    for split, count in (("train", 6), ("val", 3)):
        for number in range(count):
            photo(root / split / f"{number}.png", number)
            mask(root / f"{split}annot" / f"{number}.png", number)
    return root


def spec(path, **options) -> DataSpec:
    return DataSpec(path=path, image_size=SIZE, **options)


def assert_as_from_scratch(root, cache, task="segmentation", **options):
    """The pack of a folder equals one that a cache which never saw the folder makes."""
    found = load(spec(root, **options), cache, task)
    anew = load(spec(root, **options), Path(tempfile.mkdtemp(dir=cache.parent)), task)
    assert found.fingerprint == anew.fingerprint
    assert (found.classes, found.layout, found.skipped) == (anew.classes, anew.layout, anew.skipped)
    for one, other in ((found.train, anew.train), (found.val, anew.val)):
        assert one.names == other.names
        assert np.array_equal(one.images, other.images)
        assert other.targets is None or np.array_equal(one.targets, other.targets)


def changed_photo(root):
    photo(root / "train" / "2.png", 99)
    return ["train/2.png", "trainannot/2.png"]


def changed_mask(root):
    mask(root / "valannot" / "1.png", 99)
    return ["val/1.png", "valannot/1.png"]


def changed_mask_with_a_new_label(root):
    mask(root / "valannot" / "1.png", 99, labels=(0, 1, 2, 3))
    return ["val/1.png", "valannot/1.png"]


def added(root):
    photo(root / "train" / "00.png", 50)
    mask(root / "trainannot" / "00.png", 50)
    return ["train/00.png", "trainannot/00.png"]


def removed(root):
    (root / "train" / "3.png").unlink()
    (root / "trainannot" / "3.png").unlink()
    return []


def moved_to_the_other_split(root):
    for kind in ("", "annot"):
        (root / f"train{kind}" / "5.png").rename(root / f"val{kind}" / "5.png")
    return ["val/5.png", "valannot/5.png"]


def copied_over_with_the_time_of_before(root):
    """As `rsync -t` and `cp -p` leave a file; its size is the same, too."""
    path = root / "train" / "1.png"
    before = path.stat()
    content = bytearray(path.read_bytes())
    other = root / "train" / "4.png"
    content[:] = other.read_bytes()[: len(content)].ljust(len(content), b"\0")
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (root / "train" / "2.png").touch()  # so that the folder counts as changed at all
    return ["train/1.png", "trainannot/1.png", "train/2.png", "trainannot/2.png"]


CHANGES = [
    changed_photo,
    changed_mask,
    changed_mask_with_a_new_label,
    added,
    removed,
    moved_to_the_other_split,
    copied_over_with_the_time_of_before,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_of_a_changed_folder_only_what_changed_is_decoded(pairs, cache, opened, change):
    load(spec(pairs), cache, "segmentation")
    for one in (change, changed_mask):  # the second one builds on the pack of the first
        wanted = one(pairs)
        opened.clear()
        load(spec(pairs), cache, "segmentation")
        assert sorted(opened) == sorted(wanted)
        assert_as_from_scratch(pairs, cache)


def test_another_split_of_the_same_photos_decodes_none(tmp_path, cache, opened):
    root = tmp_path / "photos"
    for number in range(10):
        photo(root / f"{number}.png", number)
    load(spec(root), cache, "colorization")
    opened.clear()
    load(spec(root, seed=1, val_share=0.4), cache, "colorization")
    assert opened == []
    assert_as_from_scratch(root, cache, "colorization", seed=1, val_share=0.4)


def test_photos_of_a_class_get_its_number_though_a_new_class_comes_before_it(tmp_path, cache, opened):
    root = tmp_path / "classes"
    for number, name in enumerate(("crow", "duck")):
        for one in range(5):
            photo(root / name / f"{one}.png", 10 * number + one)
    load(spec(root), cache, "classification")
    for one in range(5):
        photo(root / "auk" / f"{one}.png", 50 + one)
    opened.clear()
    data = load(spec(root), cache, "classification")
    assert data.classes == ("auk", "crow", "duck")
    assert sorted(opened) == [f"auk/{one}.png" for one in range(5)]
    assert_as_from_scratch(root, cache, "classification")


def test_masks_whose_labels_were_given_other_numbers_are_counted_as_they_are(pairs, cache, opened):
    for path in pairs.glob("*annot/*.png"):
        mask(path, int(path.stem), labels=(0, 255))  # a background and an object, by the labels alone
    assert load(spec(pairs), cache, "segmentation").classes == ("background", "object")
    mask(pairs / "trainannot" / "1.png", 99, labels=(0, 1, 255))  # and now two classes and void
    opened.clear()
    assert load(spec(pairs), cache, "segmentation").classes == ("class_0", "class_1")
    assert sorted(opened) == ["train/1.png", "trainannot/1.png"]
    assert_as_from_scratch(pairs, cache)


def test_masks_of_which_two_labels_became_void_are_decoded_again(pairs, cache, opened):
    for path in pairs.glob("*annot/*.png"):
        mask(path, int(path.stem), labels=(0, 1, 2, 255))
    load(spec(pairs, ignore=2), cache, "segmentation")
    opened.clear()
    changed_photo(pairs)
    load(spec(pairs, ignore=2), cache, "segmentation")
    assert len(opened) == 18
    assert_as_from_scratch(pairs, cache, ignore=2)


@pytest.mark.parametrize(
    "other", [{"labels": {"0": "ground", "1": "road", "2": "road"}}, {"image_size": (6, 8)}], ids=["labels", "size"]
)
def test_what_was_decoded_otherwise_is_decoded_again(pairs, cache, opened, other):
    load(spec(pairs), cache, "segmentation")
    opened.clear()
    load(DataSpec(**{"path": pairs, "image_size": SIZE, **other}), cache, "segmentation")
    assert len(opened) == 18


def test_a_broken_image_that_was_left_out_is_looked_at_again(pairs, cache, opened):
    (pairs / "train" / "2.png").write_bytes(b"not an image")
    assert load(spec(pairs, skip_broken=True), cache, "segmentation").skipped == 1
    photo(pairs / "train" / "2.png", 2)
    opened.clear()
    assert load(spec(pairs, skip_broken=True), cache, "segmentation").skipped == 0
    assert sorted(opened) == ["train/2.png", "trainannot/2.png"]
    assert_as_from_scratch(pairs, cache, skip_broken=True)


def test_outlines_whose_classes_are_numbered_anew_by_another_file_are_drawn_again(tmp_path, cache, opened):
    root = tmp_path / "outlined"
    for number in range(6):
        photo(root / f"{number}.png", number)
        outlined(root / f"{number}.json", "house" if number % 2 else "tree")
    before = load(spec(root), cache, "segmentation")
    assert before.classes == ("background", "house", "tree")
    outlined(root / "5.json", "bush")  # which comes before the two
    opened.clear()
    assert load(spec(root), cache, "segmentation").classes == ("background", "bush", "house", "tree")
    assert len(opened) == 6
    assert_as_from_scratch(root, cache)
    outlined(root / "5.json", "bush", corner=22)
    opened.clear()
    load(spec(root), cache, "segmentation")
    assert opened == ["outlined/5.png"]


def outlined(path, label, corner=16):
    shape = {"label": label, "points": [[2, 2], [corner, 2], [corner, 20]], "shape_type": "polygon"}
    content = {"shapes": [shape], "imageWidth": 32, "imageHeight": 24, "imageData": None, "imagePath": "x"}
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("damage", ["rows", "array"])
def test_a_damaged_earlier_pack_is_not_built_on(pairs, cache, opened, damage):
    load(spec(pairs), cache, "segmentation")
    [pack] = [path for path in (cache / "packed").iterdir() if path.is_dir()]
    if damage == "rows":
        (pack / "origins.json").write_text('{"rows": {')
    else:
        array = pack / "train_images.npy"
        array.write_bytes(array.read_bytes()[:-5])
    changed_photo(pairs)
    opened.clear()
    load(spec(pairs), cache, "segmentation")
    assert len(opened) == 18
    assert_as_from_scratch(pairs, cache)


def test_an_earlier_pack_stays_as_it_is(pairs, cache):
    before = load(spec(pairs), cache, "segmentation")
    kept, fingerprint = np.array(before.train.images), before.fingerprint
    root = pairs.with_name("other")
    shutil.copytree(pairs, root)
    changed_photo(pairs)
    load(spec(pairs), cache, "segmentation")
    assert np.array_equal(load(spec(root), cache, "segmentation").train.images, kept)
    assert load(spec(root), cache, "segmentation").fingerprint == fingerprint


@pytest.mark.slow
def test_a_kill_while_a_changed_folder_is_packed_leaves_the_earlier_pack_and_no_half_one(pairs, cache):
    load(spec(pairs), cache, "segmentation")
    changed_photo(pairs)
    script = (
        "import os, signal, sys; from pathlib import Path; from cnnmodels.data import DataSpec, load\n"
        "def die(done, total):\n"
        "    if done == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "load(DataSpec(path=Path(sys.argv[1]), image_size=(12, 16)), Path(sys.argv[2]), 'segmentation', die)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(pairs), str(cache)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert_as_from_scratch(pairs, cache)
    names = [path.name for path in (cache / "packed").iterdir() if path.is_dir()]
    assert len(names) == 2
    assert not any(name.startswith(".") for name in names)
