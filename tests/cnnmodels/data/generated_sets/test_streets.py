"""The generated street scenes."""

import numpy as np
import pytest

from cnnmodels.data.generated_sets.street_things import POLE, ROAD, SIGN
from cnnmodels.data.generated_sets.streets import CLASSES, COLORS, draw_street


@pytest.fixture(scope="module")
def scenes():
    return [draw_street(0, index, 96, 128) for index in range(24)]


def test_a_scene_is_the_same_for_the_same_seed_and_index_and_no_other(scenes):
    picture, labels = draw_street(0, 3, 96, 128)
    assert np.array_equal(picture, scenes[3][0])
    assert np.array_equal(labels, scenes[3][1])
    assert not np.array_equal(picture, draw_street(1, 3, 96, 128)[0])
    assert not np.array_equal(picture, scenes[4][0])


def test_every_class_occurs_and_none_but_these(scenes):
    labels = np.stack([labels for _, labels in scenes])
    assert set(np.unique(labels)) == set(range(13))
    assert len(CLASSES) == len(COLORS) == 13


def test_class_areas_are_strongly_unequal_and_thin_things_are_thin(scenes):
    labels = np.stack([labels for _, labels in scenes])
    shares = np.bincount(labels.ravel(), minlength=13) / labels.size
    assert shares[ROAD] > 50 * shares[SIGN]
    assert 0 < shares[POLE] < 0.04
    runs = [len(run) for row in (labels == POLE).reshape(-1, 128) for run in _runs(row)]
    assert np.median(runs) <= 2


def test_colour_alone_does_not_give_the_class_away(scenes):
    pictures = np.stack([picture for picture, _ in scenes]).reshape(-1, 3) // 32
    labels = np.stack([labels for _, labels in scenes]).ravel()
    bins = pictures @ np.array([64, 8, 1])
    counts = np.zeros((512, 13))
    np.add.at(counts, (bins, labels), 1)
    assert counts.max(axis=1).sum() / labels.size < 0.75  # the best guess from a pixel's colour


@pytest.mark.parametrize(("height", "width"), [(48, 64), (60, 80), (97, 131)])
def test_scenes_come_in_any_size(height, width):
    picture, labels = draw_street(0, 0, height, width)
    assert picture.shape == (height, width, 3)
    assert labels.shape == (height, width)


def _runs(row):
    """Stretches of set pixels in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
    return [range(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
