"""The cache of decoded images: damage is mended, a killed decoder leaves nothing, files are their owner's alone."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import DataSpec, load, load_again
from cnnmodels.data.decoding import _new_array
from cnnmodels.errors import DataError
from tests.small_disk import disk_of

STREETS = DataSpec(name="streets", images=10, image_size=(24, 32))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def packed_in(cache):
    return next(path for path in (cache / "packed").iterdir() if path.is_dir())


def rewrite_meta(folder, change):
    path = folder / "meta.json"
    meta = json.loads(path.read_text())
    path.write_text(json.dumps(change(meta)))


def zero_header(folder):
    array = folder / "train_images.npy"
    content = bytearray(array.read_bytes())
    content[:64] = bytes(64)
    array.write_bytes(content)


DAMAGE = {
    "an array's header is overwritten": zero_header,
    "an array is missing": lambda folder: (folder / "val_targets.npy").unlink(),
    "the description is cut": lambda folder: (folder / "meta.json").write_text('{"files": {'),
    "the description lacks a part": lambda folder: rewrite_meta(folder, lambda meta: {"files": meta["files"]}),
    "the description is something else": lambda folder: rewrite_meta(folder, lambda meta: [1]),
    "the description names no files' marks": lambda folder: rewrite_meta(folder, lambda meta: {"files": [1]}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_is_made_again(cache, damage):
    before = load(STREETS, cache, "segmentation")
    kept = np.array(before.train.images), np.array(before.val.targets)
    damage(packed_in(cache))
    decoded = []
    after = load(STREETS, cache, "segmentation", lambda done, total: decoded.append(done))
    assert len(decoded) == 10
    assert after.fingerprint == before.fingerprint
    assert np.array_equal(after.train.images, kept[0])
    assert np.array_equal(after.val.targets, kept[1])


def test_a_whole_cache_is_mapped_though_the_images_can_no_longer_be_decoded(tmp_path, cache):
    root = tmp_path / "pairs"
    for split in ("train", "val"):
        (root / split).mkdir(parents=True)
        (root / f"{split}annot").mkdir()
        Image.fromarray(np.full((12, 16, 3), 90, dtype=np.uint8)).save(root / split / "0.png")
        Image.fromarray(np.eye(12, 16, dtype=np.uint8)).save(root / f"{split}annot" / "0.png")
    spec = DataSpec(path=root, image_size=(12, 16))
    before = load(spec, cache, "segmentation")
    for path in root.rglob("*.png"):  # equal name, size and time, so that the key stays; but no image any more
        stat = path.stat()
        path.write_bytes(bytes(stat.st_size))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert load(spec, cache, "segmentation").fingerprint == before.fingerprint


def test_images_whose_folder_is_gone_are_those_that_were_decoded_before(tmp_path, cache):
    root = tmp_path / "photos"
    root.mkdir()
    for number in range(4):
        Image.fromarray(np.full((12, 16, 3), 20 * number, dtype=np.uint8)).save(root / f"{number}.png")
    spec = DataSpec(path=root, image_size=(12, 16))
    load(STREETS, cache, "segmentation")
    before = load(spec, cache, "colorization")
    root.rename(tmp_path / "moved")
    with pytest.raises(DataError, match="photos: no such folder"):
        load(spec, cache, "colorization")
    again = load_again(spec, cache, "colorization", before.fingerprint)
    assert np.array_equal(again.train.images, before.train.images)
    with pytest.raises(DataError, match="photos: no such folder"):
        load_again(spec, cache, "colorization", "another")
    with pytest.raises(DataError, match="streets holds other images than where the sweep was launched"):
        load_again(STREETS, cache, "segmentation", "another")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    with disk_of("1m", tmp_path / "disk") as disk:
        yield disk


def test_a_cache_without_room_is_refused_before_anything_is_decoded(small_disk):
    many = DataSpec(name="streets", images=200, image_size=(48, 64))
    with pytest.raises(DataError, match=r"needs about 2 MB, 1 MB free; make room, use a smaller size, or set CNN_TUNE"):
        load(many, small_disk, "segmentation")
    assert not [path for path in (small_disk / "packed").iterdir() if path.is_dir()]


def test_an_array_that_does_not_fit_is_an_error_and_no_signal(small_disk):
    with pytest.raises(OSError, match="No space left"):
        _new_array(small_disk / "images.npy", (2000, 3, 48, 64))


def test_a_disk_that_fills_while_images_are_decoded_is_an_error_that_names_it(small_disk):
    def fill(done, total):
        with contextlib.suppress(OSError), (small_disk / "hog").open("ab") as hog:
            while hog.write(bytes(1000)):
                hog.flush()

    with pytest.raises(DataError, match="No space left on device; the images could not be decoded"):
        load(DataSpec(name="streets", images=60, image_size=(24, 32)), small_disk, "segmentation", fill)
    assert not [path for path in (small_disk / "packed").iterdir() if path.is_dir()], "nothing half made is left"


def test_files_are_their_owners_alone_whatever_the_umask(cache):
    before = os.umask(0o022)
    try:
        load(STREETS, cache, "segmentation")
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & 0o777 for path in (cache / "packed").rglob("*")}
    assert modes
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())
    assert (cache / "packed").stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_what_a_killed_decoder_left_is_cleared_by_the_next(cache):
    script = (
        "import os, signal, sys; from pathlib import Path; from cnnmodels.data import DataSpec, load\n"
        "def die(done, total):\n"
        "    if done == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "spec = DataSpec(name='streets', images=10, image_size=(24, 32))\n"
        "load(spec, Path(sys.argv[1]), 'segmentation', die)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(cache)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path for path in (cache / "packed").iterdir() if path.is_dir()], "the half-made folder is there"
    data = load(STREETS, cache, "segmentation")
    assert (len(data.train), len(data.val)) == (8, 2)
    folders = [path for path in (cache / "packed").iterdir() if path.is_dir()]
    assert [path.name.startswith(".") for path in folders] == [False]
