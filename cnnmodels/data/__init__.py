"""Images: where they come from, decoded once, mapped for ever. Knows no torch (but for `augment`, which trains)."""

from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.data.packed import load, load_again
from cnnmodels.data.spec import DataSpec
from cnnmodels.places import default_cache

__all__ = ["VOID", "DataSpec", "ImageData", "Split", "default_cache", "load", "load_again"]
