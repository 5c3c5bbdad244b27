"""Training and validation images as one split."""

import numpy as np
import pytest

from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.data.joined import joined


@pytest.mark.parametrize("with_targets", [True, False])
def test_all_images_are_to_train_on_in_their_order_and_none_is_held_out(with_targets):
    pixels = np.arange(5 * 3 * 2 * 2, dtype=np.uint8).reshape(5, 3, 2, 2)
    labels = np.arange(5) if with_targets else None
    train, val = (
        Split(pixels[part], None if labels is None else labels[part], names)
        for part, names in ((slice(0, 3), ("a", "b", "c")), (slice(3, 5), ("d", "e")))
    )
    found = joined(ImageData(train, val, None, ("x",), ((0, 0, 0),), "", "", (2, 2)))
    assert (len(found.train), len(found.val), found.train.names) == (5, 0, ("a", "b", "c", "d", "e"))
    for chosen in ([4, 0, 2], [1], [3, 3], []):
        numbers = np.array(chosen, dtype=np.int64)
        assert np.array_equal(found.train.images[numbers], pixels[numbers])
        if labels is not None:
            assert np.array_equal(found.train.targets[numbers], labels[numbers])
    assert with_targets or found.train.targets is None
