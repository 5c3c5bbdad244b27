"""Fetching public sets through torchvision, where there is a network. Knows no layouts."""

from __future__ import annotations

from pathlib import Path

from cnnmodels.errors import DataError

SETS = ("voc2007",)


def download(name: str, folder: Path) -> Path:
    """Fetch a public set into a folder, in its official layout; what is there already is not fetched again.

    Raises:
        DataError: there is no such set, or it cannot be fetched.
    """
    if name not in SETS:
        raise DataError(f"--download {name}: no such set; there is {', '.join(SETS)}")
    from torchvision.datasets import VOCSegmentation

    try:
        for archive in ("trainval", "test"):  # two archives, which fill one folder
            VOCSegmentation(str(folder), year="2007", image_set=archive, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"{folder}: VOC 2007 cannot be fetched ({error}). Fetch VOCtrainval_06-Nov-2007.tar and "
            "VOCtest_06-Nov-2007.tar from the challenge's site where there is a network, and unpack them there"
        ) from None
    return folder
