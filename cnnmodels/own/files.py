"""Which files somebody's own code is made of, and which version of it that is. Reads source; imports none of it."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

_OURS = {"cnnmodels", "reports", "search_spaces", "tune_jobs"}  # they travel by themselves
_INSTALLED = {"site-packages", "dist-packages"}
_GIT_SECONDS = 20


def holds(folder: Path, top: str) -> bool:
    """Whether a folder holds a module or a package of this name."""
    return (folder / f"{top}.py").is_file() or any((folder / top).glob("*.py"))


def is_installed(root: Path) -> bool:
    """Whether a folder is one that pip installs into; nodes have such packages of their own."""
    return bool(_INSTALLED & set(root.parts))


def own_files(top: str, root: Path) -> list[Path]:
    """The Python files of a module or package, and of those beside it that it imports; relative to their root, sorted.

    Args:
        top: name of the module or package.
        root: the folder that holds it.
    """
    done: set[str] = set()
    found: list[Path] = []
    waiting = [top]
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        files = list(_files_of(name, root))
        found += files
        beside = {imported for path in files for imported in _imports(root / path)} - _OURS
        waiting += [one for one in sorted(beside - done) if holds(root, one)]
    return sorted(found)


def _files_of(top: str, root: Path) -> Iterator[Path]:
    if (root / f"{top}.py").is_file() and not (root / top / "__init__.py").exists():
        yield Path(f"{top}.py")
        return
    for folder, below, names in os.walk(root / top):
        below[:] = [one for one in below if not one.startswith((".", "__pycache__")) and one not in _INSTALLED]
        yield from (Path(folder, name).relative_to(root) for name in names if name.endswith(".py"))


def _imports(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # a file beside it that nothing runs
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def digest_of(root: Path, files: Iterable[Path]) -> str:
    """What equal files of equal names have in common, wherever they lie."""
    found = hashlib.sha256()
    for path in files:
        content = (root / path).read_bytes()
        found.update(f"{path.as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:16]


def version_of(root: Path, files: Sequence[Path]) -> str:
    """The version in words: the commit where all files are as they are there, else a hash of their content."""
    names = [path.as_posix() for path in files]
    if names and _git(root, "status", "--porcelain", "--ignored", "--", *names) == "":
        commit = _git(root, "rev-parse", "HEAD")
        if commit:
            return f"git {commit[:12]}"
    return f"content {digest_of(root, files)}"


def installed_version(top: str) -> str:
    """Name and version of the package that an installed module is of."""
    names = metadata.packages_distributions().get(top, [])
    return " and ".join(f"{name} {metadata.version(name)}" for name in names) or "installed"


def _git(folder: Path, *words: str) -> str | None:
    """What git says; None where it refuses, or is not there."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
