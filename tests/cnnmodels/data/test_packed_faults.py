"""The cache of decoded images: damage is mended, a killed decoder leaves nothing, files are their owner's alone."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import DataSpec, load

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
