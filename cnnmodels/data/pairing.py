"""Which mask belongs to which photo, by their names alone.

Tools add a word to a photo's name (`car0_mask.png`, `a_000_gtFine_labelIds.png`, `car0.jpg.png`), or number both
(`image_7.jpg`, `mask_7.png`). Names are compared in one Unicode form, and endings in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from cnnmodels.data.pictures import SUFFIXES
from cnnmodels.data.tree import same_name, some_of
from cnnmodels.errors import DataError

PHOTO_WORDS = (
    "images", "image", "imgs", "img", "photos", "photo", "pictures", "rgb", "leftimg8bit", "jpegimages", "inputs",
    "input", "originals", "original", "sat", "frames",
)  # fmt: skip
MASK_WORDS = (  # of several masks of one photo, the first that is called so
    "gtfine_labeltrainids", "gtcoarse_labeltrainids", "labeltrainids", "gtfine_labelids", "gtcoarse_labelids",
    "labelids", "masks_machine", "masks", "mask", "segmentationclasspng", "segmentationclass", "labels", "label",
    "annotations", "annotation", "annots", "annot", "anno", "ground_truths", "ground_truth", "groundtruths",
    "groundtruth", "gtfine", "gtcoarse", "gts", "gt", "segmentations", "segmentation", "segmaps", "segs", "seg",
    "trimaps", "trimap", "targets", "target", "lbl", "l",
)  # fmt: skip
_FOR_EYES = (  # pictures beside masks that are none
    "color", "colour", "colors", "instanceids", "instancetrainids", "polygons", "visualization", "viz", "vis",
    "overlay", "masks_human", "segmentationobject", "segmentationclassvisualization", "depth", "disparity",
)  # fmt: skip
_TRIED = 3  # photos whose masks may show what is added
_SEPARATED = "[ ._-]+"


def _stripper(words: Iterable[str]) -> Callable[[str], tuple[str, str]]:
    """A function from a name to what is left without such a word at its end or beginning, and the word."""
    any_word = "|".join(re.escape(word).replace("_", "[_ -]?") for word in sorted(words, key=len, reverse=True))
    pattern = re.compile(f"(?P<kept>.+?){_SEPARATED}(?P<word>{any_word})|(?P<first>{any_word}){_SEPARATED}(?P<rest>.+)")

    def strip(stem: str) -> tuple[str, str]:
        found = pattern.fullmatch(stem.lower())
        if not found:
            return stem, ""
        if found["word"]:
            return stem[: len(found["kept"])], found["word"]
        return stem[len(stem) - len(found["rest"]) :], found["first"]

    return strip


_without_photo_word, _without_mask_word = _stripper(PHOTO_WORDS), _stripper(MASK_WORDS)
_without_word_for_eyes = _stripper(_FOR_EYES)


def paired(photos: list[Path], masks: list[Path], photo_home: Path, mask_home: Path) -> list[tuple[Path, Path]]:
    """Every photo with its mask.

    Args:
        photos: image files somewhere below `photo_home`, in the order in which the pairs are to be.
        masks: image files somewhere below `mask_home`; in the same folders there, or in others.
        photo_home: the photos' folder.
        mask_home: the masks' folder.

    Raises:
        DataError: a photo has no mask, two have the same one, or two files differ in their ending alone.
    """
    places = {path.parent.relative_to(mask_home) for path in masks}
    nested = all(path.parent.relative_to(photo_home) in places for path in photos)
    stems, exact = _stems(photos, photo_home, nested), _stems(masks, mask_home, nested)
    mask_of = {stem: path for path, stem in exact.items()}
    by_key = _by_key(exact)
    found: dict[Path, Path] = {}
    for path, stem in stems.items():
        mask = mask_of.get(stem) or by_key.get(_within(stem, _photo_key)) or by_key.get(_within(stem, _plain))
        if mask is not None:
            found[path] = mask
    if len(found) < len(photos):
        found = _by_affix(stems, mask_of) or found
    alone = [path.name for path in photos if path not in found]
    if alone:
        raise DataError(
            f"{photo_home}: {len(alone)} of {len(photos)} images have no mask in {mask_home.name}: {some_of(alone)} "
            f"(masks there: {some_of([mask.name for mask in masks]) or 'none'})"
        )
    _refuse_shared(found)
    return [(path, found[path]) for path in photos]


def for_eyes(path: Path) -> bool:
    """Whether a picture lies beside masks for people to look at, or says something else than the class."""
    return bool(_without_word_for_eyes(_plain(same_name(path.name).removesuffix(path.suffix)))[1])


def apart(files: list[Path]) -> tuple[list[Path], list[Path]]:
    """Photos and masks of one folder, where the masks are known by a word in their names; no masks if there is none."""
    plain = {path: _plain(same_name(path.name).removesuffix(path.suffix)) for path in files}
    words = {path: _without_mask_word(stem) for path, stem in plain.items()}
    called_photo = {_photo_key(stem) for path, stem in plain.items() if not words[path][1]} - {""}
    keys = called_photo | {stem for path, stem in plain.items() if not words[path][1]}
    masks = [path for path, (key, word) in words.items() if len(word) > 1 and key in keys]
    drawn = {*masks, *(path for path, stem in plain.items() if masks and _without_word_for_eyes(stem)[1])}
    return [path for path in files if path not in drawn], masks


def _stems(files: list[Path], home: Path, nested: bool) -> dict[Path, str]:
    """Names without their endings, behind the folder that they lie in where that counts."""
    stems: dict[Path, str] = {}
    first: dict[str, Path] = {}
    for path in files:
        place = f"{path.parent.relative_to(home)}/" if nested else ""
        stem = same_name(place) + same_name(path.name).removesuffix(path.suffix)
        other = first.setdefault(stem, path)
        if other != path:
            alike = "differ in their ending alone" if other.parent == path.parent else "have one name in two folders"
            raise DataError(f"{path.parent}: {other.name} and {path.name} {alike}; remove one of them")
        stems[path] = stem
    return stems


def _within(stem: str, change: Callable[[str], str]) -> str:
    place, slash, name = stem.rpartition("/")
    return place + slash + change(name)


def _plain(stem: str) -> str:
    """`car.jpg.png` is the mask of `car.jpg`."""
    return Path(stem).stem if Path(stem).suffix.lower() in SUFFIXES else stem


def _photo_key(stem: str) -> str:
    return _without_photo_word(_plain(stem))[0]


def _by_key(stems: dict[Path, str]) -> dict[str, Path]:
    """Masks by what is left of their names without the word that says that they are some."""
    found: dict[str, tuple[int, Path]] = {}
    for path, stem in stems.items():
        place, slash, name = stem.rpartition("/")
        if _without_word_for_eyes(_plain(name))[1]:
            continue
        key, word = _without_mask_word(_plain(name))
        key, rank = place + slash + key, MASK_WORDS.index(word) if word in MASK_WORDS else len(MASK_WORDS)
        if key not in found or rank < found[key][0]:
            found[key] = rank, path
    return {key: path for key, (_, path) in found.items()}


def _by_affix(stems: dict[Path, str], masks: dict[str, Path]) -> dict[Path, Path]:
    """Pairs where most masks are called like their photos, with the same addition that no list of ours knows."""
    for first in list(stems.values())[:_TRIED]:
        added = {name.rpartition("/")[2].partition(first.rpartition("/")[2]) for name in masks}
        for before, middle, after in sorted(added):
            called = {path: stem.rpartition("/") for path, stem in stems.items() if middle}
            named = {path: f"{place}{slash}{before}{name}{after}" for path, (place, slash, name) in called.items()}
            found = {path: masks[name] for path, name in named.items() if name in masks}
            if 2 * len(found) > len(stems):
                return found
    return {}


def _refuse_shared(found: dict[Path, Path]) -> None:
    of_mask: dict[Path, Path] = {}
    for path, mask in found.items():
        other = of_mask.setdefault(mask, path)
        if other != path:
            raise DataError(f"{mask}: is the mask of both {other.name} and {path.name}; rename one of them")
