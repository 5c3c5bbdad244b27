"""What the pictures of a gallery are called."""

from __future__ import annotations

import numpy as np

from cnnmodels.data.image_data import ImageData, Split
from tune_jobs.gallery import confused


def test_every_picture_of_a_mistake_has_its_files_name():
    split = Split(
        np.zeros((4, 3, 8, 8), np.uint8), np.array([0, 0, 0, 1]), ("a/1.jpg", "a/2.jpg", "a/3.jpg", "b/1.jpg")
    )
    data = ImageData(split, split, None, ("duck", "owl"), ((0, 0, 0), (9, 9, 9)), "a layout", "0", (8, 8))
    (row,) = confused(np.array([0, 1, 1, 1]), np.array([[1, 2], [0, 1]]), data)
    assert row.caption == "duck taken for owl: 2 of 3"
    assert row.names == {"example 1": "a/2.jpg", "example 2": "a/3.jpg"}
    assert row.pictures.keys() == row.names.keys()
