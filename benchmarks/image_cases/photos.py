"""Photos that are not what people see as soon as they are read byte by byte."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from benchmarks.image_cases.case import SIDE, Case, Outcome, bands, class_folders, noise, save, stems

_STORED = {1: 0, 3: 2, 6: 1, 8: 3}  # orientation -> quarter turns to the left of what is stored


def _turned_pairs(root: Path, orientation: int, size: tuple[int, int], *, as_stored: bool = False) -> None:
    """Photos that are bright on the left when they are upright, of height and width `size`; class 1 is there."""
    photo, mask = bands(230, 0, height=size[0], width=size[1]), bands(1, 0, height=size[0], width=size[1])
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(photo, _STORED[orientation]))).convert("RGB")
    exif = stored.getexif()
    exif[0x0112] = orientation
    drawn = np.ascontiguousarray(np.rot90(mask, _STORED[orientation])) if as_stored else mask
    for split, stem in stems():
        save(root / split / f"{stem}.jpg", stored, exif=exif, quality=95)
        save(root / f"{split}annot" / f"{stem}.png", drawn)


def _agree(got: Outcome) -> bool:
    """Class 1 lies where the photo is bright, on the left."""
    if got.data is None or got.data.train.targets is None:
        return False
    bright, ones = np.asarray(got.data.train.images)[:, 0] > 128, np.asarray(got.data.train.targets) == 1
    return float((bright == ones).mean()) > 0.95 and bool(ones[:, :, 0].all())


def _one_photo(root: Path, name: str, photo: Any, **options: Any) -> None:
    class_folders(root, "a", "b", images=2)
    save(root / "a" / name, photo, **options)


def _first(got: Outcome, name: str = "") -> Any:
    """The photo that `_one_photo` made: the class's last by name."""
    assert got.data is not None
    return np.asarray(np.concatenate([got.data.train.images, got.data.val.images]))


def _ramp(top: int, kind: Any) -> Any:
    return np.tile(np.linspace(0, top, SIDE).astype(kind), (SIDE, 1))


def _spread(got: Outcome) -> bool:
    """Some photo rises evenly from black to white."""
    wanted = np.linspace(0, 255, SIDE)
    return got.data is not None and any(np.abs(one[0] - wanted).max() < 3 for one in _first(got))


def _clear(root: Path, mode: str) -> None:
    clear = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    clear.paste((0, 0, 200, 255), (0, 0, SIDE // 2, SIDE))
    picture: Image.Image = clear if mode == "RGBA" else clear.convert(mode)
    _one_photo(root, "z.png", picture)


def _white_where_clear(got: Outcome) -> bool:
    return got.data is not None and any((one[:, :, -8:] == 255).all() for one in _first(got))


def _modes(root: Path) -> None:
    rgb = Image.fromarray(noise())
    for folder in (root / "a", root / "b"):
        save(folder / "cmyk.JPG", rgb.convert("CMYK"), quality=95)
        save(folder / "grey.JPEG", rgb.convert("L"))
        save(folder / "rgba.PNG", rgb.convert("RGBA"))
        save(folder / "palette.png", rgb.convert("P"), transparency=b"\0" * 10)
        save(folder / "bit.png", rgb.convert("1"))
        save(folder / "alpha.tif", rgb.convert("RGBA"))
        save(folder / "web.webp", rgb)
        save(folder / "Windows Bild (1).BMP", rgb)
        save(folder / "one.png", Image.new("RGB", (1, 1)))
        save(folder / "int32.tif", rgb.convert("L").convert("I"))
        save(folder / "moving.gif", rgb)
        save(folder / "new.avif", rgb)
        save(folder / "old.jp2", rgb)


def _long_text(root: Path) -> None:
    remarks = PngImagePlugin.PngInfo()
    remarks.add_text("parameters", "x" * 1_200_000, zip=True)
    _one_photo(root, "z.png", _ramp(255, np.uint8), pnginfo=remarks)


def _text_behind(root: Path) -> None:
    """What is behind the pixels is read with them."""
    class_folders(root, "a", "b", images=2)
    path = save(root / "a" / "z.png", _ramp(255, np.uint8))
    body = b"zTXtparameters\0\0" + zlib.compress(b"x" * 1_200_000)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    content = path.read_bytes()
    path.write_bytes(content[:-12] + chunk + content[-12:])


def _postscript(root: Path) -> None:
    class_folders(root, "a", "b")
    (root / "a" / "z.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n%%EndComments\nshowpage\n")


CASES = [
    Case(
        "EXIF: upside down, mask as people see it",
        lambda root: _turned_pairs(root, 3, (SIDE, SIDE)),
        "photo and mask agree",
        _agree,
    ),
    Case(
        "EXIF: on its side, mask as people see it",
        lambda root: _turned_pairs(root, 6, (48, 32)),
        "photo and mask agree",
        _agree,
    ),
    Case(
        "EXIF: on its side, mask as stored",
        lambda root: _turned_pairs(root, 6, (48, 32), as_stored=True),
        "photo and mask agree",
        _agree,
    ),
    Case(
        "EXIF: on its other side, mask as stored",
        lambda root: _turned_pairs(root, 8, (48, 32), as_stored=True),
        "photo and mask agree",
        _agree,
    ),
    Case(
        "grey: 16 bits, PNG",
        lambda root: _one_photo(root, "z.png", _ramp(65535, np.uint16)),
        "scaled to 8 bits",
        _spread,
        task="classification",
    ),
    Case(
        "grey: 16 bits, TIFF",
        lambda root: _one_photo(root, "z.tif", _ramp(65535, np.uint16)),
        "scaled to 8 bits",
        _spread,
        task="classification",
    ),
    Case(
        "grey: 12 of 16 bits",
        lambda root: _one_photo(root, "z.tif", _ramp(4095, np.uint16)),
        "scaled to 8 bits",
        _spread,
        task="classification",
    ),
    Case(
        "grey: 8 of 32 bits",
        lambda root: _one_photo(root, "z.tif", _ramp(255, np.int32)),
        "as it is",
        _spread,
        task="classification",
    ),
    Case(
        "grey: float, 0 to 1",
        lambda root: _one_photo(root, "z.tif", np.linspace(0, 1, SIDE, dtype=np.float32)[None].repeat(SIDE, 0)),
        "scaled to 8 bits",
        _spread,
        task="classification",
    ),
    Case("alpha: RGBA", lambda root: _clear(root, "RGBA"), "clear is white", _white_where_clear, task="classification"),
    Case("alpha: LA", lambda root: _clear(root, "LA"), "clear is white", _white_where_clear, task="classification"),
    Case("PNG with 1 MB of text", _long_text, "read", _spread, task="classification"),
    Case("PNG with 1 MB of text behind the pixels", _text_behind, "read", _spread, task="classification"),
    Case(
        "every mode and ending",
        _modes,
        "all read",
        lambda got: got.has(20, 6, 2) and got.data.skipped == 0,
        task="classification",
    ),
    Case(
        "PostScript called .jpg",
        _postscript,
        "refused by name",
        lambda got: got.says("a/z.jpg", "cannot be read"),
        task="classification",
    ),
    Case(
        "an empty file",
        lambda root: [class_folders(root, "a", "b"), (root / "a" / "z.jpg").touch()],
        "refused by name",
        lambda got: got.says("a/z.jpg", "empty"),
        task="classification",
    ),
]
