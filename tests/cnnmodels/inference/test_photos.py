"""Photos from files: upright, at their own size, a few at a time; what is broken is named."""

import numpy as np
from PIL import Image

from cnnmodels.data.sources import decode_photo
from cnnmodels.inference import photos as module
from cnnmodels.inference.own_size import scaled
from cnnmodels.inference.photos import in_batches, read_photos


def write(path, height=20, width=30, **how):
    pixels = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **how)
    return path


def test_photos_come_in_order_and_the_broken_ones_with_what_is_wrong(tmp_path):
    paths = [write(tmp_path / f"{number}.png", height=20 + number) for number in range(12)]
    paths[3].write_bytes(paths[3].read_bytes()[:100])
    paths[7].write_text("")
    found = list(read_photos(paths))
    assert [photo.path for photo in found] == paths
    assert [photo.pixels.shape[0] for photo in found if photo.problem is None] == [
        20,
        21,
        22,
        24,
        25,
        26,
        28,
        29,
        30,
        31,
    ]
    assert found[3].problem.startswith(f"{paths[3]}: ")
    assert "an empty file" in found[7].problem


def test_a_photo_is_upright_and_scaled_it_is_what_training_saw(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, plain = write(tmp_path / "a.png", exif=exif), write(tmp_path / "b.png")
    on_its_side, upright = read_photos([turned, plain])
    assert on_its_side.pixels.shape == (30, 20, 3)
    assert np.array_equal(np.rot90(upright.pixels, -1), on_its_side.pixels)
    assert np.array_equal(scaled(upright.pixels, (12, 16)), decode_photo(plain, (12, 16)))
    difference = scaled(on_its_side.pixels, (16, 12)).astype(int) - decode_photo(turned, (16, 12))
    assert abs(difference).max() <= 1  # rounded between the two sides, in another order


def test_a_batch_of_large_photos_is_a_small_one(tmp_path, monkeypatch):
    found = list(read_photos([write(tmp_path / f"{number}.png") for number in range(7)]))
    assert [len(batch) for batch in in_batches(found, 3)] == [3, 3, 1]
    monkeypatch.setattr(module, "_MOST_PIXELS", 1300)  # two of 600
    assert [len(batch) for batch in in_batches(found, 3)] == [2, 2, 2, 1]
    monkeypatch.setattr(module, "_MOST_PIXELS", 1)
    assert [len(batch) for batch in in_batches(found, 3)] == [1] * 7
