"""Folders of images: which layouts are recognised, what is refused and in which words, and the cache."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnmodels.data import VOID, DataSpec, load
from cnnmodels.errors import DataError


def photo(path, size=(16, 12), value=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), value, dtype=np.uint8)).save(path)


def mask(path, size=(16, 12), labels=(0, 1, 2)):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.resize(np.array(labels, dtype=np.uint8), (size[1], size[0]))
    Image.fromarray(values).save(path)


@pytest.fixture
def pairs(tmp_path):
    """A small folder in the layout of CamVid."""
    root = tmp_path / "pairs"
    for split, count in (("train", 4), ("val", 2)):
        for number in range(count):
            photo(root / split / f"{number}.jpg", value=10 * number)
            mask(root / f"{split}annot" / f"{number}.png")
    return root


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def spec(path, **options) -> DataSpec:
    return DataSpec(path=path, image_size=(12, 16), **options)


def test_camvid_is_recognised_with_its_classes_and_its_void(shared_data, cache):
    data = load(DataSpec(path=shared_data / "camvid", image_size=(60, 80)), cache, "segmentation")
    assert (len(data.train), len(data.val), data.test) == (367, 101, None)
    assert data.train.images.shape == (367, 3, 60, 80)
    assert data.train.targets.shape == (367, 60, 80)
    assert data.classes[0] == "sky"
    assert len(data.classes) == len(data.colors) == 11
    assert set(np.unique(data.train.targets)) == {*range(11), VOID}
    assert "CamVid" in data.layout


def test_lyft_keeps_its_labels_in_the_red_channel_and_is_split_by_a_seed(shared_data, cache):
    first = load(DataSpec(path=shared_data / "lyft"), cache, "segmentation")
    assert (len(first.train), len(first.val)) == (8, 2)
    assert first.classes[10] == "vehicle"
    assert first.train.targets.max() <= 12
    assert load(DataSpec(path=shared_data / "lyft"), cache, "segmentation").fingerprint == first.fingerprint
    assert load(DataSpec(path=shared_data / "lyft", seed=1), cache, "segmentation").fingerprint != first.fingerprint


def test_voc_uses_its_official_splits_and_palette_masks(shared_data, tmp_path, cache):
    real = shared_data / "voc2007_masks" / "VOC2007"
    home = tmp_path / "VOCdevkit" / "VOC2007"
    (home / "SegmentationClass").mkdir(parents=True)
    for split in ("train", "val"):
        stems = (real / "ImageSets" / "Segmentation" / f"{split}.txt").read_text().split()[:5]
        listing = home / "ImageSets" / "Segmentation" / f"{split}.txt"
        listing.parent.mkdir(parents=True, exist_ok=True)
        listing.write_text("\n".join(stems))
        for stem in stems:
            shutil.copy(real / "SegmentationClass" / f"{stem}.png", home / "SegmentationClass")
            with Image.open(real / "SegmentationClass" / f"{stem}.png") as drawn:
                photo(home / "JPEGImages" / f"{stem}.jpg", size=drawn.size)
    data = load(DataSpec(path=tmp_path, image_size=(40, 40)), cache, "segmentation")
    assert (len(data.train), len(data.val)) == (5, 5)
    assert data.classes[15] == "person"
    assert data.colors[:3] == ((0, 0, 0), (128, 0, 0), (0, 128, 0))
    assert VOID in np.unique(data.train.targets)


def test_other_pairs_get_as_many_classes_as_their_labels(pairs, cache):
    data = load(spec(pairs), cache, "segmentation")
    assert data.classes == ("class_0", "class_1", "class_2")
    assert len(set(data.colors)) == 3


def test_classes_and_void_may_be_declared(pairs, cache):
    data = load(spec(pairs, ignore=2, classes=("ground", "thing")), cache, "segmentation")
    assert data.classes == ("ground", "thing")
    assert set(np.unique(data.val.targets)) == {0, 1, VOID}


def test_generated_streets_go_the_same_way(cache):
    data = load(DataSpec(name="streets", images=10, image_size=(24, 32)), cache, "segmentation")
    assert (len(data.train), len(data.val)) == (8, 2)
    assert data.layout == "generated street scenes"


def test_images_are_decoded_once(pairs, cache, monkeypatch):
    first = load(spec(pairs), cache, "segmentation")
    monkeypatch.setattr("cnnmodels.data.packed.decode", None)  # a second decoding would fail here
    again = load(spec(pairs), cache, "segmentation")
    assert np.array_equal(first.train.images, again.train.images)
    assert isinstance(again.train.images, np.memmap)


def test_a_changed_folder_is_noticed(pairs, cache):
    before = load(spec(pairs), cache, "segmentation")
    photo(pairs / "train" / "0.jpg", value=222)
    after = load(spec(pairs), cache, "segmentation")
    assert before.fingerprint != after.fingerprint


def test_a_folder_that_was_moved_holds_the_same_images(pairs, cache):
    before = load(spec(pairs), cache, "segmentation")
    moved = pairs.rename(pairs.with_name("elsewhere"))
    assert load(spec(moved), cache, "segmentation").fingerprint == before.fingerprint


def test_a_cache_cut_short_is_made_again(pairs, cache):
    before = load(spec(pairs), cache, "segmentation")
    array = next(cache.rglob("train_images.npy"))
    array.write_bytes(array.read_bytes()[:100])
    assert load(spec(pairs), cache, "segmentation").fingerprint == before.fingerprint


@pytest.mark.slow
def test_two_processes_that_start_at_once_decode_once(cache):
    script = (
        "import sys; from pathlib import Path; from cnnmodels.data import DataSpec, load\n"
        "decoded = []\n"
        "spec, cache = DataSpec(name='streets', images=60), Path(sys.argv[1])\n"
        "data = load(spec, cache, 'segmentation', lambda done, _: decoded.append(done))\n"
        "print(data.fingerprint, len(decoded))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(cache)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate()[0].split() for process in processes]
    assert len({fingerprint for fingerprint, _ in said}) == 1
    assert sorted(int(count) for _, count in said) == [0, 0, 60]


def broken(path):
    noise = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, quality=95)
    path.write_bytes(path.read_bytes()[:-60])


REFUSED = [
    ("no such folder", lambda root: root.rename(root.with_name("gone"))),
    ("is a file; --data takes a folder", lambda root: (root.rename(root.with_name("gone")), root.write_text(""))),
    (
        "layout not recognised .*it holds .*; what is understood for segmentation: .*CameraRGB",
        lambda root: (root / "trainannot").rename(root / "masks"),
    ),
    (
        "has train/ and trainannot/ but no masks of val/ to validate on",
        lambda root: (root / "valannot").rename(root / "other"),
    ),
    ("1 of 4 images have no mask in trainannot: 2.jpg", lambda root: (root / "trainannot" / "2.png").unlink()),
    ("2.jpg: 16x12 but its mask is 8x8", lambda root: mask(root / "trainannot" / "2.png", size=(8, 8))),
    ("2.jpg: cannot be read as an image", lambda root: (root / "train" / "2.jpg").write_bytes(b"not an image")),
    ("2.jpg: is truncated or damaged", lambda root: broken(root / "train" / "2.jpg")),
    ("2.png: a colour picture", lambda root: _color_mask(root)),
    ("hold only void", lambda root: [mask(path, labels=(255,)) for path in (root / "valannot").iterdir()]),
    ("train: no images", lambda root: [path.unlink() for path in (root / "train").iterdir()]),
    ("a link that leaves the data folder", lambda root: _link_out(root)),
]


def _color_mask(root):
    random = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(random).save(root / "trainannot" / "2.png")


def _link_out(root):
    outside = root.with_name("outside.jpg")
    photo(outside)
    (root / "train" / "2.jpg").unlink()
    (root / "train" / "2.jpg").symlink_to(outside)


@pytest.mark.parametrize(("message", "spoil"), REFUSED, ids=[message[:30] for message, _ in REFUSED])
def test_what_cannot_be_trained_on_is_refused_by_name(pairs, cache, message, spoil):
    spoil(pairs)
    with pytest.raises(DataError, match=f"(?s){message}"):
        load(spec(pairs), cache, "segmentation")
    assert not list(cache.glob("packed/*/")), "nothing half made stays behind"


def test_a_label_beyond_the_declared_classes_is_refused_with_its_file(pairs, cache):
    mask(pairs / "trainannot" / "3.png", labels=(0, 7))
    with pytest.raises(DataError, match=r"3\.png: has label 7; classes are 0 to 2"):
        load(spec(pairs, classes=("a", "b", "c")), cache, "segmentation")


def test_a_picture_of_too_many_pixels_is_refused(pairs, cache, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 150)
    with (
        pytest.raises(DataError, match="an image has at most 150 pixels"),
        pytest.warns(Image.DecompressionBombWarning),
    ):
        load(spec(pairs), cache, "segmentation")
