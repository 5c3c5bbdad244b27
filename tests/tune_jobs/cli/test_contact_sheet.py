"""The contact sheet of `tune data`: whose it is, and what stands on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cnnmodels.data.label_set import ClassTable
from tune_jobs.cli.contact_sheet import Tile, draw_sheet, sheet_path

RED, BLUE = (200, 0, 0), (0, 0, 200)


def test_two_folders_of_one_name_have_two_sheets_and_one_folder_keeps_its_own(tmp_path):
    one, other = (sheet_path(Path(folder), tmp_path) for folder in ("/p/x/c1", "/q/c1"))
    assert one != other
    assert one.name.startswith("c1-")
    assert sheet_path(Path("/q/c1"), tmp_path) == other


def test_each_image_has_its_mask_and_its_name_and_each_colour_its_class(tmp_path):
    photo = np.full((96, 128, 3), 240, dtype=np.uint8)
    mask = np.zeros((96, 128), dtype=np.uint8)
    mask[:, 64:] = 1
    tiles = [Tile(f"images/{number}.png", (photo, mask)) for number in range(7)]
    draw_sheet(tmp_path / "sheet.png", tiles, ClassTable(("road", "car"), (RED, BLUE), "a layout"))
    with Image.open(tmp_path / "sheet.png") as opened:
        sheet = np.asarray(opened.convert("RGB"))
    height, width = 2 * 96, 128
    rows = sheet.shape[0] // (height + 10)
    assert (rows, sheet.shape[1]) == (2, 6 * width)
    assert tuple(sheet[96 + 10, 10]) == RED
    assert tuple(sheet[96 + 10, 100]) == BLUE
    caption = sheet[height : height + 14, :width]
    assert (caption < 100).any(), "the file's name"
    legend = sheet[2 * (height + 14) :].reshape(-1, 3)
    assert {RED, BLUE, (128, 128, 128)} <= {tuple(pixel) for pixel in legend.tolist()}


def test_a_whole_image_is_named_with_its_class_and_a_long_or_odd_name_is_cut(tmp_path):
    photo = np.full((96, 128, 3), 240, dtype=np.uint8)
    names = ["duck/1.jpg", "duck/" + "long" * 60 + ".jpg", "duck/\udce9.jpg"]
    tiles = [Tile(name, (photo, np.int64(0))) for name in names]
    draw_sheet(tmp_path / "sheet.png", tiles, ClassTable(("duck",), (RED,), "a layout"))
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (3 * 128, 96 + 2 * 14)
