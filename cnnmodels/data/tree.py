"""Tree: which files of a folder are images and which of its folders count. Every layout lists through it.

Knows endings and names, and opens nothing. What operating systems, file managers and our own sweeps leave among a
person's images is passed over; what a person may have meant as an image is named.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cnnmodels.data.pictures import SUFFIXES
from cnnmodels.errors import DataError

# Files beside the photos of which a person may think that they are read.
_NOT_READ = {
    ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".raw", ".psd", ".svg", ".eps", ".pdf", ".exr",
    ".hdr", ".jxl", ".tga", ".dcm", ".nii", ".npy", ".npz", ".mat", ".mp4", ".mov", ".avi",
}  # fmt: skip
_OF_TOOLS = {"@eadir", "__macosx", "#recycle", "@recycle", "$recycle.bin", "system volume information", "lost+found"}
_SWEEP = "sweep.json"  # a folder that holds it is a sweep's: its pictures are predictions
_LOOKED_AT = 50
_NAMED = 3  # of the files that are left out


def same_name(text: str) -> str:
    """The form in which names are compared and shown; a Mac writes é as two characters, others as one."""
    return unicodedata.normalize("NFC", text)


def some_of(names: list[str]) -> str:
    """The first few names, for a message."""
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


@dataclass
class _Listing:
    images: dict[str, Path] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    others: dict[str, Path] = field(default_factory=dict)
    passed_over: list[tuple[Path, bool]] = field(default_factory=list)


class Tree:
    """A folder of images and what lies below it; each folder is listed once.

    Args:
        root: where the layout begins.
        top: the folder that was named, where it is another one above.
    """

    def __init__(self, root: Path, top: Path | None = None) -> None:
        self.root, self.top = root, top or root
        self._listings: dict[Path, _Listing] = {}
        self._unused: dict[str, set[Path]] = {}
        self._inside: set[Path] = set()  # folders that are known to lie in the one that was named

    def images(self, folder: Path) -> dict[str, Path]:
        """The image files of a folder by name, sorted."""
        return self._listing(folder).images

    def folders(self, folder: Path) -> dict[str, Path]:
        """The folders in a folder by name, sorted, without those of tools and of sweeps."""
        return self._listing(folder).folders

    def others(self, folder: Path) -> dict[str, Path]:
        """The files of a folder that are no images, by name, sorted."""
        return self._listing(folder).others

    def images_below(self, folder: Path) -> list[Path]:
        """All images of a folder and of the folders in it, whatever their depth."""
        return [path for one in self.walk(folder) for path in self.images(one).values()]

    def walk(self, folder: Path) -> Iterator[Path]:
        """The folder and all folders below it; a link to a folder that it lies in leads nowhere new."""
        yield folder
        for below in self.folders(folder).values():
            if not (below.is_symlink() and folder.resolve().is_relative_to(below.resolve())):
                yield from self.walk(below)

    def name_of(self, path: Path) -> str:
        """The path below the folder that was named, as people read it."""
        return same_name(str(path.relative_to(self.top)))

    def refuse_link_out(self, path: Path) -> None:
        """Nothing outside the folder that was named is read.

        Raises:
            DataError: the path is a link that leaves the data folder, or leads nowhere.
        """
        is_link = path.is_symlink()
        if path.parent in self._inside and not is_link:
            return
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):  # a circle of links is a RuntimeError before Python 3.13
            raise DataError(f"{path}: a link that leads nowhere; repair or remove it") from None
        if not target.is_relative_to(self.top.resolve()):
            raise DataError(f"{path}: a link that leaves the data folder; copy the file there")
        if not is_link:
            self._inside.add(path.parent)

    def leave_out(self, files: Iterable[Path], what: str) -> None:
        """Remember that files were seen and are of no use; `what` they are, in the plural."""
        self._unused.setdefault(what, set()).update(files)

    def left_out(self) -> tuple[str, ...]:
        """What was passed over in the folders that were listed, in words, one line each."""
        passed, unread = [], []
        for listing in self._listings.values():
            passed += [self.name_of(path) + "/" * is_folder for path, is_folder in listing.passed_over]
            unread += [path for path in listing.others.values() if path.suffix.lower() in _NOT_READ]
        lines = [
            f"left out {what} ({len(files)}): {some_of(sorted(map(self.name_of, files)))}"
            for what, files in self._unused.items()
            if files
        ]
        if passed:
            lines.append(f"passed over what tools and sweeps leave ({len(passed)}): {some_of(sorted(passed))}")
        if unread:
            kinds = ", ".join(sorted({path.suffix.lower() for path in unread}))
            named = some_of(sorted(self.name_of(path) for path in unread))
            lines.append(f"left out files of formats that are not read ({len(unread)} of {kinds}): {named}")
        return tuple(lines)

    def _listing(self, folder: Path) -> _Listing:
        if folder not in self._listings:
            try:
                self._listings[folder] = _listed(folder)
            except OSError as error:
                raise DataError(f"{folder}: cannot be listed ({error.strerror})") from None
        return self._listings[folder]


def _listed(folder: Path) -> _Listing:
    listing = _Listing()
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: same_name(entry.name))
    for entry in entries:
        path, name = folder / entry.name, same_name(entry.name)
        is_folder, is_image = _is_folder(entry), path.suffix.lower() in SUFFIXES
        hidden = name.startswith(".") or name.lower() in _OF_TOOLS
        if hidden or (is_folder and _holds_sweeps(path)):
            if is_image or is_folder:
                listing.passed_over.append((path, is_folder))
            continue
        kind = listing.folders if is_folder else listing.images if is_image else listing.others
        other = kind.setdefault(name, path)
        if other != path:
            raise DataError(f"{folder}: two files are called {name}, in two spellings of a letter; rename one of them")
    return listing


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle; whoever opens it says so
        return False


def _holds_sweeps(folder: Path) -> bool:
    """Whether it is a sweep's folder, or a storage of several."""
    try:
        if (folder / _SWEEP).is_file():
            return True
        with os.scandir(folder) as found:
            few = islice(found, _LOOKED_AT)  # a folder of sweeps holds little else, one of images a great deal
            return any(_is_folder(entry) and (folder / entry.name / _SWEEP).is_file() for entry in few)
    except OSError:
        return False
