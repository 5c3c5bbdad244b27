"""A contact sheet: some training images with the names of their files, masks beneath, and what each colour means."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnnmodels.data.label_set import ClassTable
from cnnmodels.data.sources import Decoded

COLUMNS = 6
_LINE, _MARGIN, _SWATCH = 14, 3, 10  # pixels: height of a line of text, space around it, side of a colour's square
_FONT_PIXELS = 11
_VOID = 128  # grey of what is void


@dataclass(frozen=True)
class Tile:
    """One training image, and what its file is called."""

    name: str
    decoded: Decoded


def sheet_path(folder: Path, cache: Path) -> Path:
    """Where the sheet of a folder is kept: two folders of one name have two sheets."""
    whole = hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return cache / "contact-sheets" / f"{folder.name}-{whole}.png"


def draw_sheet(path: Path, tiles: list[Tile], table: ClassTable) -> None:
    """Write the sheet.

    Args:
        path: of the PNG file.
        tiles: images of one height and width, at least one.
        table: names and colours of the classes.
    """
    numbers = table.lookup()
    palette = np.full((256, 3), _VOID, dtype=np.uint8)
    palette[: min(256, len(table.colors))] = table.colors[:256] if table.colors else palette[:0]
    has_masks = any(isinstance(tile.decoded[1], np.ndarray) for tile in tiles)
    height, width = tiles[0].decoded[0].shape[:2]
    captions = [_caption(tile, table) for tile in tiles]
    above = height * (2 if has_masks else 1)
    step = above + _LINE * len(captions[0])
    columns, rows = min(COLUMNS, len(tiles)), -(-len(tiles) // COLUMNS)
    legend = _Legend(table if has_masks else None, columns * width)
    sheet = Image.new("RGB", (columns * width, rows * step + legend.height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_PIXELS)
    for place, tile in enumerate(tiles):
        x, y = place % COLUMNS * width, place // COLUMNS * step
        image, target = tile.decoded
        sheet.paste(Image.fromarray(image), (x, y))
        if isinstance(target, np.ndarray):
            sheet.paste(Image.fromarray(palette[numbers[target]]), (x, y + height))
        for line, text in enumerate(captions[place]):
            draw.text((x + 2, y + above + line * _LINE), _fitting(text, font, width - 4), fill="black", font=font)
    legend.draw(draw, font, rows * step)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _caption(tile: Tile, table: ClassTable) -> list[str]:
    """The file's name in a line, below that of its class where the whole image has one."""
    target = tile.decoded[1]
    if target is None or isinstance(target, np.ndarray):
        return [tile.name]
    return [table.names[int(target)], Path(tile.name).name]


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    """A text cut to a width in pixels; its end says more than its beginning where it is a path."""
    text = text.encode("utf-8", "replace").decode()
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"...{text}") > width:
        text = text[1:]
    return f"...{text}"


class _Legend:
    """Which colour is which class, in as many columns as fit."""

    _COLUMN = 128  # pixels

    def __init__(self, table: ClassTable | None, width: int) -> None:
        entries = [] if table is None else list(zip(table.names, table.colors, strict=False))
        self._entries = [*entries, ("void", (_VOID,) * 3)] if entries else []
        self._columns = max(1, width // self._COLUMN)
        self.height = -(-len(self._entries) // self._columns) * _LINE + 2 * _MARGIN if self._entries else 0

    def draw(self, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, top: int) -> None:
        for place, (name, color) in enumerate(self._entries):
            x = place % self._columns * self._COLUMN + _MARGIN
            y = top + _MARGIN + place // self._columns * _LINE
            draw.rectangle((x, y + 2, x + _SWATCH, y + 2 + _SWATCH), fill=tuple(color), outline="black")
            shown = _fitting(name, font, self._COLUMN - _SWATCH - 3 * _MARGIN)
            draw.text((x + _SWATCH + _MARGIN, y), shown, fill="black", font=font)
