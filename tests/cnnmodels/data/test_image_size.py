"""Where nobody says a size, images keep their shape and cost what a machine can pay."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnmodels.data import DataSpec
from cnnmodels.data.image_size import CPU_PIXELS, MULTIPLE, fitted, with_size


@pytest.mark.parametrize(
    ("native", "most", "size"),
    [
        ((128, 128), 128 * 128, (128, 128)),
        ((600, 800), 64 * 64, (48, 64)),
        ((4000, 3000), 64 * 64, (64, 48)),
        ((48, 48), 64 * 64, (48, 48)),
        ((10, 10), 64 * 64, (16, 16)),
        ((100, 100), 256 * 256, (112, 112)),
    ],
)
def test_the_shape_stays_and_nothing_grows_but_to_a_side_that_networks_divide(native, most, size):
    assert fitted(native, most) == size


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([4096, 16384, 65536]))
def test_every_size_is_affordable_and_divisible(height, width, most):
    size = fitted((height, width), most)
    assert math.prod(size) <= most
    assert all(side % MULTIPLE == 0 and side >= MULTIPLE for side in size)
    assert all(side < native + MULTIPLE for side, native in zip(size, (height, width), strict=True))


@given(st.floats(0.4, 2.5), st.integers(200, 3000))
def test_an_ordinary_photo_is_not_squashed(shape, height):
    high, wide = fitted((height, max(1, round(height * shape))), CPU_PIXELS["segmentation"])
    assert abs(math.log(wide / high / shape)) < 0.1


@pytest.mark.parametrize(("name", "task"), [("streets", "segmentation"), ("shapes", "classification")])
def test_a_generated_set_has_a_size_of_its_own(name, task):
    assert with_size(DataSpec(name=name), task, gpu=True).size == with_size(DataSpec(name=name), task).size


def test_a_size_that_is_given_stays(tmp_path):
    spec = DataSpec(path=tmp_path / "not there", image_size=(10, 20))
    assert with_size(spec, "colorization") == spec


def test_photos_count_upright_and_unreadable_ones_not_at_all(tmp_path):
    for number in range(3):
        photo = Image.fromarray(np.zeros((48, 96, 3), np.uint8))
        exif = photo.getexif()
        exif[0x0112] = 6
        photo.save(tmp_path / f"{number}.jpg", exif=exif)
    (tmp_path / "broken.jpg").write_text("nothing")
    assert with_size(DataSpec(path=tmp_path), "colorization").size == (96, 48)
