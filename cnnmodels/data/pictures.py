"""What a person sees in an image file: the one place where files are opened. Knows no labels and no layouts.

Pillow is told which formats it may take a file for, so that one named .jpg which is in truth PostScript starts no
interpreter. Orientation is what the camera noted (EXIF 2.32, tag 0x0112).
"""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.errors import DataError

Pixels = NDArray[np.uint8]
# Endings of image files, and the formats that are looked for in them whatever the ending says.
SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".ppm",
    ".pgm", ".pbm", ".pnm", ".gif", ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k",
}  # fmt: skip
_FORMATS = ["JPEG", "PNG", "BMP", "DIB", "WEBP", "TIFF", "PPM", "GIF", "AVIF", "JPEG2000"]
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1"}  # ISO/IEC 23008-12
# What Pillow's decoders raise over damaged bytes, found by feeding them some; each format has its own habit.
_UNREADABLE = (OSError, ValueError, SyntaxError, OverflowError, struct.error, EOFError, IndexError, KeyError, TypeError)
_ORIENTATION = 0x0112
_Turn = Image.Transpose
_TURNS = {
    2: _Turn.FLIP_LEFT_RIGHT, 3: _Turn.ROTATE_180, 4: _Turn.FLIP_TOP_BOTTOM, 5: _Turn.TRANSPOSE,
    6: _Turn.ROTATE_270, 7: _Turn.TRANSVERSE, 8: _Turn.ROTATE_90,
}  # fmt: skip
_ON_THEIR_SIDE = {5, 6, 7, 8}  # turning these exchanges height and width
_DEPTHS = (0xFF, 0xFFF, 0xFFFF)  # largest values of 8, 12 and 16 bits
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_REMARKS = {b"tEXt", b"zTXt", b"iTXt", b"iCCP"}


def opened(path: Path) -> Image.Image:
    """An image file of which the header has been read; the caller closes it.

    Raises:
        DataError: it is no image of a format that is read here, or not this image's.
    """
    try:
        return _opened(path)
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: {_why_unreadable(path, error)}") from None


def loaded(image: Image.Image, path: Path) -> Image.Image:
    """The same image with its pixels decoded.

    Raises:
        DataError: it is damaged, or larger than what may be decoded.
    """
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise DataError(f"{path}: {image.width}x{image.height} pixels; an image has at most {limit:,} pixels")
    try:
        image.load()
    except _UNREADABLE as error:
        if _is_of_remarks(error):  # behind the pixels, which are there
            return image
        raise DataError(f"{path}: is truncated or damaged ({error}); repair or remove it") from None
    return image


def photo_pixels(image: Image.Image, path: Path, size: tuple[int, int]) -> Pixels:
    """An opened photo as upright 8-bit RGB.

    Args:
        image: as `opened` gives it.
        path: for messages.
        size: height and width to scale to, upright, in pixels.

    Returns:
        Shape [height, width, 3]. Grey of more than 8 bits is scaled by the depth that its largest value needs;
        what is transparent lies over white.

    Raises:
        DataError: its pixels cannot be read.
    """
    orientation = orientation_of(image)
    try:
        rgb = _rgb(loaded(image, path))
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: cannot be read as RGB (mode {image.mode}: {error}); save it as PNG") from None
    height, width = size[::-1] if orientation in _ON_THEIR_SIDE else size
    return np.asarray(turned(rgb.resize((width, height), Image.Resampling.BILINEAR), orientation))


def orientation_of(image: Image.Image) -> int:
    """How the image is to be turned, as EXIF counts it; 1 where it is upright or says nothing that makes sense."""
    if image.format == "TIFF":
        return 1  # Pillow turns these itself, and gives their upright size
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (*_UNREADABLE, AttributeError):  # the rest of such a file is often whole
        return 1
    return value if value in _TURNS else 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """The image as its orientation says."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def upright_size(image: Image.Image, orientation: int) -> tuple[int, int]:
    """Height and width in pixels as people see them."""
    return (image.width, image.height) if orientation in _ON_THEIR_SIDE else (image.height, image.width)


def size_of(path: Path) -> tuple[int, int] | None:
    """Upright height and width in pixels, from the header alone; None where it cannot be read."""
    try:
        with opened(path) as image:
            return upright_size(image, orientation_of(image))
    except DataError:
        return None  # whoever decodes it says so


def _opened(path: Path) -> Image.Image:
    formats = [*_FORMATS, "HEIF"] if _reads_heif() else _FORMATS
    try:
        image = Image.open(path, formats=formats)
    except ValueError as error:
        if not _is_of_remarks(error):
            raise
        return Image.open(_png_without_remarks(path), formats=["PNG"])
    if image.format == "TIFF" and image.getexif().get(_ORIENTATION, 1) in _ON_THEIR_SIDE:
        image.close()  # Pillow maps such a file with its sides exchanged and garbles it; in memory it does not
        return Image.open(io.BytesIO(path.read_bytes()), formats=["TIFF"])
    return image


def _is_of_remarks(error: Exception) -> bool:
    """Whether Pillow stopped at a text in a PNG that is longer than it takes."""
    return isinstance(error, ValueError) and "MAX_TEXT_" in str(error)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, (255, 255, 255, 255)), clear).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values: NDArray[np.generic]) -> Pixels:
    """Grey values of any kind as 0 to 255."""
    grey = np.nan_to_num(np.asarray(values, dtype=np.float64), posinf=0.0, neginf=0.0)
    largest = float(grey.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating) and largest <= 1:
        full = 1.0
    else:
        full = float(next((depth for depth in _DEPTHS if largest <= depth), largest))
    return np.rint(grey.clip(0, full) * (255 / full)).astype(np.uint8)


@cache  # an import that fails is looked for anew each time, which costs more than to decode a small image
def _reads_heif() -> bool:
    """Whether the plugin for the photos of telephones is installed; Pillow then knows it."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def _why_unreadable(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        head = b""
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "an HEIC photo; pip install pillow-heif reads it, or save it as JPEG"
    if not head:
        return "an empty file; repair or remove it"
    return f"cannot be read as an image ({error}); repair or remove it"


def _png_without_remarks(path: Path) -> io.BytesIO:
    """The file without the texts and the colour profile in it, of which Pillow takes no more than 1 MB."""
    content, kept, place = path.read_bytes(), [_PNG_HEAD], len(_PNG_HEAD)
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind not in _PNG_REMARKS:
            kept.append(content[place : place + length + 12])
        place += length + 12
    return io.BytesIO(b"".join(kept))
