"""Which photos a person means by files and folders, and what the answer to each is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError
from cnnmodels.places import expanded

TABLE = "predictions.csv"  # a folder that holds it is one of answers


@dataclass(frozen=True)
class AskedPhoto:
    """One photo."""

    path: Path
    shown: str  # as tables name it: its path in the folder that was named, or the file as it was named
    answer: str  # path of its answer's files below their folder, without an ending


def asked_photos(named: Sequence[Path], out: Path) -> list[AskedPhoto]:
    """The photos in their order, each once, those of a folder by name; folders of answers are passed over.

    Args:
        named: files, and folders whose photos are meant, whatever their depth.
        out: where the answers will lie.

    Raises:
        DataError: a path is not there, or there are no photos.
    """
    found: dict[Path, tuple[Path, str, Path]] = {}
    for one in named:
        for photo in _photos_of(expanded(one), out):
            found.setdefault(photo[0].resolve(), photo)
    if not found:
        raise DataError(f"{', '.join(map(str, named))}: holds no photos")
    answers = _answers([inside for _, _, inside in found.values()])
    return [AskedPhoto(path, shown, answer) for (path, shown, _), answer in zip(found.values(), answers, strict=True)]


def _photos_of(named: Path, out: Path) -> list[tuple[Path, str, Path]]:
    """Each photo with its name for people, and its path below what was named."""
    if named.is_file():
        return [(named, str(named), Path(named.name))]
    if not named.is_dir():
        raise DataError(f"{named}: no such file or folder")
    tree, here = Tree(named), out.resolve()
    answers = [
        folder
        for folder in tree.walk(named)
        if folder != named and (TABLE in tree.others(folder) or folder.resolve() == here)
    ]
    return [
        (path, tree.name_of(path), path.relative_to(named))
        for path in tree.images_below(named)
        if not any(path.is_relative_to(folder) for folder in answers)
    ]


def _answers(inside: list[Path]) -> list[str]:
    """A path for each, no two alike, whatever the case: without the ending where that is enough."""
    short = [same_name(str(path.with_suffix(""))) for path in inside]
    times = Counter(name.casefold() for name in short)
    taken: set[str] = set()
    answers = []
    for path, name in zip(inside, short, strict=True):
        wanted = name if times[name.casefold()] == 1 else same_name(str(path))
        number, answer = 1, wanted
        while answer.casefold() in taken:
            number += 1
            answer = f"{wanted}-{number}"
        taken.add(answer.casefold())
        answers.append(answer)
    return answers
