"""From `mypackage.nets:TinyNet`, or the name of an installed entry point, to the object. Knows nothing of networks.

Importing runs code, so whoever only reads a sweep does not call this.
"""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnmodels.errors import ConfigError
from cnnmodels.own.files import digest_of, holds, is_installed, own_files

_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_HOME = Path(__file__).resolve().parents[2]  # of our packages
_OURS = tuple(str(_HOME / name) for name in ("cnnmodels", "search_spaces", "reports", "tune_jobs"))
_digests: dict[str, str] = {}  # of what this process has imported, by the name of its module or package


def target_of(name: str, group: str) -> str | None:
    """Module and object that a name means: itself where it is written so, else what an installed package gives it.

    Args:
        name: as in a space file.
        group: of entry points, such as `cnn_tune.models`.
    """
    if _TARGET.fullmatch(name):
        return name
    return next((point.value for point in metadata.entry_points(group=group, name=name)), None)


def own_object(name: object, group: str, folders: Iterable[Path]) -> str:
    """Module and object that a name in a space file means, imported and found to be something that can be called.

    Raises:
        ConfigError: there is no such thing; the text says why in one line.
    """
    target = target_of(name, group) if isinstance(name, str) else None
    if target is None:
        raise ConfigError(f"{name!r} is no module and object; write mypackage.module:name")
    found = imported(target, folders)
    if not callable(found):
        raise ConfigError(f"{target} is no class or function, but {type(found).__name__}")
    return target


def imported(target: str, folders: Iterable[Path]) -> Any:
    """The object that a target means; its module is looked for in the folders first, which stay on `sys.path`, since
    it may import others later.

    Where this process has imported it already from another place, or its files have changed, it is imported anew.

    Raises:
        ConfigError: there is no such module or object, or the module fails; the text says where, in one line.
    """
    module, _, name = target.partition(":")
    places = [folder.resolve() for folder in folders]
    _look_first_in(places)
    top = module.partition(".")[0]
    _forget_if_changed(top, next((place for place in places if holds(place, top)), None))
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever somebody's module does
        raise ConfigError(f"{target}: cannot be imported: {told(error)}{_where(error, top, places)}") from error
    root = root_of(module)
    if root is not None:
        _digests[top] = digest_of(root, own_files(top, root))
    if not hasattr(found, name):
        raise ConfigError(f"{target}: {getattr(found, '__file__', module)} has no {name}")
    return getattr(found, name)


def digest_of_imported(target: str) -> str:
    """What equal code has in common, of the module that a target names and of what it imports from beside it; empty of
    one that pip has installed."""
    return _digests.get(target.partition(":")[0].partition(".")[0], "")


def root_of(module: str) -> Path | None:
    """The folder that holds the package or file of an imported module; None where pip has installed it, or Python
    itself has it."""
    loaded = sys.modules[module.partition(".")[0]]
    inside = list(getattr(loaded, "__path__", []))
    place = inside[0] if inside else getattr(loaded, "__file__", None)
    if place is None:
        return None
    root = Path(place).resolve().parent
    return None if is_installed(root) else root


def told(error: BaseException) -> str:
    """An error of somebody's code in one line: what, and the innermost line of theirs that it comes from."""
    what = " ".join(traceback.format_exception_only(error)[-1].split())
    if isinstance(error, SyntaxError) and error.filename:
        return f"{what} ({error.filename}, line {error.lineno})"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_theirs(one.filename)]
    return f"{what} ({frames[-1].filename}, line {frames[-1].lineno})" if frames else what


def _is_theirs(file: str) -> bool:
    return not file.startswith(("<", *_OURS)) and not is_installed(Path(file)) and not file.startswith(_PYTHONS)


_PYTHONS = str(Path(importlib.__file__).parent.parent)  # its own library


def _where(error: BaseException, top: str, places: list[Path]) -> str:
    """Where the module was looked for, if it is that one that is missing."""
    if not isinstance(error, ModuleNotFoundError) or error.name != top:
        return ""
    return f"; looked in {' and '.join(map(str, dict.fromkeys(places)))}, and among what is installed"


def _look_first_in(folders: list[Path]) -> None:
    """Put the folders before all others, in their order, as Python does with a script's own."""
    for folder in map(str, reversed(folders)):
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)
    importlib.invalidate_caches()


def _forget_if_changed(top: str, place: Path | None) -> None:
    """Forget a module, and those beside it that it imports, where the files that are there now are others."""
    if place is None or top not in sys.modules:
        return
    files = own_files(top, place)
    if root_of(top) == place and _digests.get(top) in (None, digest_of(place, files)):
        return
    tops = {path.parts[0].removesuffix(".py") for path in files}
    for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
        del sys.modules[name]
