"""What the pictures of a gallery are called."""

from __future__ import annotations

import numpy as np

from cnnmodels.data.image_data import ImageData, Split
from tune_jobs.gallery import classes_in, confused, laid_over


def test_every_picture_of_a_mistake_has_its_files_name():
    split = Split(
        np.zeros((4, 3, 8, 8), np.uint8), np.array([0, 0, 0, 1]), ("a/1.jpg", "a/2.jpg", "a/3.jpg", "b/1.jpg")
    )
    data = ImageData(split, split, None, ("duck", "owl"), ((0, 0, 0), (9, 9, 9)), "a layout", "0", (8, 8))
    (row,) = confused(np.array([0, 1, 1, 1]), np.array([[1, 2], [0, 1]]), data)
    assert row.caption == "duck taken for owl: 2 of 3"
    assert row.names == {"example 1": "a/2.jpg", "example 2": "a/3.jpg"}
    assert row.pictures.keys() == row.names.keys()


def test_the_classes_of_a_mask_stand_below_it_the_largest_first():
    mask = np.array([[0, 0, 1], [0, 255, 1]], np.uint8)
    assert classes_in(mask, ["road", "car", "sky"]) == "road 60%, car 40%"
    assert classes_in(np.full((2, 2), 255, np.uint8), ["road"]) == ""


def test_a_mask_is_laid_over_its_picture():
    picture = np.full((1, 2, 3), 100, np.uint8)
    assert laid_over(picture, np.array([[0, 1]], np.uint8), [(0, 0, 0), (200, 100, 0)]).tolist() == [
        [[50, 50, 50], [150, 100, 50]]
    ]
