"""Whatever a folder, a photo, a label set or a name is like: it is read as meant, or refused in one line."""

from __future__ import annotations

import io
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from cnnmodels.data import VOID, DataSpec
from cnnmodels.data.label_map import map_of
from cnnmodels.data.label_set import count_labels, table_of
from cnnmodels.data.pairing import paired
from cnnmodels.data.pictures import opened, photo_pixels
from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError

QUICK = settings(max_examples=25, deadline=None)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8
)
NAMES = WORDS.filter(lambda name: not name.startswith(".") and name.lower() not in {"__macosx", "@eadir"})
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
HIDDEN = st.sampled_from(["._a.jpg", ".thumbnails/a.png", "@eaDir/a.jpg", "__MACOSX/a.jpg", ".ipynb_checkpoints/a.jpg"])


@QUICK
@given(st.dictionaries(PATHS, st.sampled_from([".jpg", ".PNG", ".txt", ""]), max_size=6), st.lists(HIDDEN, max_size=3))
def test_a_tree_finds_every_image_and_nothing_of_tools(files, hidden):
    with tempfile.TemporaryDirectory() as folder:
        root, wanted = Path(folder), set()
        for name, ending in [*files.items(), *((name, "") for name in hidden)]:
            path = root / f"{name}{ending}"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            except OSError:  # a file where another wants a folder, or a name too long
                continue
            if ending in {".jpg", ".PNG"}:
                wanted.add(same_name(str(path.relative_to(root))))
        try:
            found = {same_name(str(path.relative_to(root))) for path in Tree(root).images_below(root)}
        except DataError as error:
            assert "two spellings" in str(error)  # noqa: PT017 -- two names that look the same are refused
        else:
            assert {name for name in found if Path(name).suffix in {".jpg", ".PNG"}} == wanted


@QUICK
@given(
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F"]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 9),
)
def test_every_photo_becomes_upright_rgb(mode, height, width, orientation):
    grey = np.random.default_rng(height).integers(0, 256, (height, width), dtype=np.uint8)
    picture = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = io.BytesIO()
    picture.save(content, "TIFF", exif=exif)
    with tempfile.NamedTemporaryFile(suffix=".tif") as file:
        Path(file.name).write_bytes(content.getvalue())
        size = (width, height) if orientation in {5, 6, 7, 8} else (height, width)
        with opened(Path(file.name)) as image:
            pixels = photo_pixels(image, Path(file.name), size)
    assert pixels.shape == (*size, 3)
    assert pixels.dtype == np.uint8
    if mode in {"L", "RGB", "RGBA", "LA", "I", "I;16"}:
        assert sorted(pixels[..., 0].ravel().tolist()) == sorted(grey.ravel().tolist())


@QUICK
@given(st.sets(st.integers(0, 255), min_size=1, max_size=12), st.none() | st.integers(0, 255))
def test_a_set_of_labels_becomes_distinct_classes_or_one_line(labels, ignore):
    mask = np.repeat(np.array(sorted(labels), dtype=np.uint8), 6)[None].repeat(8, axis=0)
    try:
        table = table_of(DataSpec(path="x", ignore=ignore), {"train": count_labels(mask)}, "masks", where="x")
    except DataError as error:
        problem = str(error)
    else:
        problem = ""
    if problem:
        assert "\n" not in problem
        assert "data.labels" in problem
        return
    numbers = table.lookup()[sorted(labels)]
    kept = numbers[numbers != VOID].tolist()
    assert len(set(kept)) == len(kept)
    assert len(kept) + len(labels & {ignore, VOID}) >= len(labels)
    assert len(table.names) <= 2 * len(labels) + 1
    assert not table.strange(labels)


@QUICK
@given(
    st.sets(NAMES.map(same_name).filter(lambda name: name.isalnum()), min_size=2, max_size=5),
    st.sampled_from(["{}", "{}_mask", "mask_{}", "{}.jpg", "{}-handmade", "{}_labelIds"]),
)
def test_every_photo_finds_its_mask_in_any_form_of_its_name(names, mask):
    photos = [Path("photos") / (unicodedata.normalize("NFD", name) + ".jpg") for name in sorted(names)]
    masks = [Path("masks") / (mask.format(name) + ".png") for name in sorted(names)]
    found = paired(photos, masks, Path("photos"), Path("masks"))
    assert found == list(zip(photos, masks, strict=True))


@QUICK
@given(
    st.dictionaries(st.integers(0, 0xFFFFFF), st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=9),
    st.booleans(),
)
def test_labels_mean_the_same_after_they_were_written_and_read(classes, colored):
    spelt = {
        f"{code >> 16},{code >> 8 & 255}, {code & 255}" if colored else code: name for code, name in classes.items()
    }
    try:
        spec = DataSpec(path="x", labels=spelt)
    except ValidationError as error:
        assert "fewer than 2 classes" in str(error)  # noqa: PT017
        return
    again = DataSpec.model_validate_json(spec.model_dump_json())
    assert again.labels is not None
    labels = map_of(again.labels)
    values = np.array(list(classes), dtype=np.int64)
    found, strange = labels.applied(values)
    assert not strange.any()
    assert [None if number == VOID else labels.names[number] for number in found.tolist()] == list(classes.values())


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({"red": "a", 1: "b"}, "'red' is no label"),
        ({0: "a", "#ff0000": "b"}, "grey values and colours together"),
        ({0: "a", 1: None}, "fewer than 2 classes"),
        ({0: False, 1: "b"}, "in quotes"),
        ({0: "a", "0": "b"}, "the same label twice"),
    ],
)
def test_a_table_of_labels_that_is_none_is_refused(labels, problem):
    with pytest.raises(ValidationError, match=problem):
        DataSpec(path="x", labels=labels)
