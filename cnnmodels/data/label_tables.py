"""The tables of classes that labelling tools write beside their masks. Knows their files, and no images."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import LabelMap
from cnnmodels.data.tree import Tree
from cnnmodels.errors import DataError

_VOID_NAMES = {"void", "ignore", "ignored", "__ignore__", "unlabeled", "unlabelled"}
_RGB = r"(?P<red>\d{1,3})[,; \t]+(?P<green>\d{1,3})[,; \t]+(?P<blue>\d{1,3})"
_NAME_FIRST = re.compile(rf"\s*(?P<name>[^:,;\t]+?)\s*[:,;\t]\s*{_RGB}\s*(?:[:,;\t].*)?")
_NAME_LAST = re.compile(rf"\s*{_RGB}[,;:\s]+(?P<name>\S.*?)\s*")
_VALUE = re.compile(r"\s*(?P<value>\d+)\s*[,;:\t]\s*(?P<name>\S.*?)\s*")

Entry = tuple[str, int]  # a class, and its colour as 0xRRGGBB or its grey value


def label_map_in(tree: Tree, *homes: Path) -> LabelMap | None:
    """What the first such file in these folders says; None where there is none.

    Raises:
        DataError: it cannot be read.
    """
    for home in homes:
        for name, path in tree.others(home).items():
            reader = _TABLES.get(name.lower())
            if reader is not None:
                entries, colored = reader(_text(path))
                if not entries:
                    raise DataError(f"{path}: no line of it names a class and its colour or value")
                return _map(entries, colored, name)
    return None


def _map(entries: list[Entry], colored: bool, origin: str) -> LabelMap:
    names = tuple(dict.fromkeys(name for name, _ in entries if name.lower() not in _VOID_NAMES))
    classes = {code: VOID if name.lower() in _VOID_NAMES else names.index(name) for name, code in entries}
    return LabelMap(names, classes if colored else {VOID: VOID, **classes}, colored, None, origin)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a table of classes ({error})") from None


def _colors(text: str) -> tuple[list[Entry], bool]:
    """`Cat:48,112,32::` (CVAT), `Cat,48,112,32` (class_dict.csv), `48 112 32 Cat` (CamVid)."""
    entries = []
    for line in text.splitlines():
        found = None if line.lstrip().startswith("#") else _NAME_FIRST.fullmatch(line) or _NAME_LAST.fullmatch(line)
        if found:
            entries.append((found["name"], int(found["red"]) << 16 | int(found["green"]) << 8 | int(found["blue"])))
    return entries, True


def _values(text: str) -> tuple[list[Entry], bool]:
    """`1, cat` (Roboflow's _classes.csv, below a head)."""
    found = [_VALUE.fullmatch(line) for line in text.splitlines()]
    return [(one["name"], int(one["value"])) for one in found if one], False


def _names(text: str) -> tuple[list[Entry], bool]:
    """One name a line (labelme's class_names.txt); those of void come first there and have no value."""
    names = [line.strip() for line in text.splitlines() if line.strip() and line.strip().lower() not in _VOID_NAMES]
    return [(name, value) for value, name in enumerate(names)], False


def _supervisely(text: str) -> tuple[list[Entry], bool]:
    """`{"cat": [1, 1, 1]}`, what lies in `masks_machine`."""
    try:
        table = json.loads(text)
        return [("background", 0), *((str(name), int(color[0])) for name, color in table.items())], False
    except (ValueError, TypeError, AttributeError, IndexError):
        return [], False


_TABLES: dict[str, Callable[[str], tuple[list[Entry], bool]]] = {
    "labelmap.txt": _colors,
    "class_dict.csv": _colors,
    "label_colors.txt": _colors,
    "_classes.csv": _values,
    "class_names.txt": _names,
    "obj_class_to_machine_color.json": _supervisely,
}
