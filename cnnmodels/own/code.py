"""OwnCode: what a sweep holds of somebody's own code: what its names mean, where it was found, which version it is."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cnnmodels.errors import ConfigError
from cnnmodels.models import MODELS
from cnnmodels.own.files import digest_of, holds, installed_version, own_files, version_of
from cnnmodels.own.importing import imported, root_of
from cnnmodels.own.networks import use_network
from cnnmodels.own.tasks import use_task
from cnnmodels.own.zoo import package_of
from cnnmodels.task_table import is_own


class OwnCode(BaseModel):
    """The code behind the names of a space that are not ours. Reading it imports nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    networks: dict[str, str] = Field(default_factory=dict)  # module and object of each name: {tiny: nets:TinyNet}
    task: str | None = None  # module and object
    others: tuple[str, ...] = ()  # module and object of whatever else a space names, such as metrics
    folder: Path | None = None  # that holds its files; None: pip has installed it, and every node has its own
    installed: tuple[str, ...] = ()  # those of its modules and packages that have no files there
    version: str  # a commit, a hash of the content, or those of installed packages
    digest: str  # of its files; empty where there are none

    @property
    def in_words(self) -> str:
        """What it is of."""
        return " and ".join([*self.networks, *self._others])

    @property
    def _others(self) -> tuple[str, ...]:
        return self.others if self.task is None else (self.task, *self.others)

    @property
    def with_files(self) -> list[str]:
        """Its modules and packages whose files lie in the folder."""
        tops = {_top(target) for target in (*self.networks.values(), *self._others)}
        return [] if self.folder is None else sorted(tops - {*self.installed})

    def is_at(self, folder: Path) -> bool:
        """Whether a folder holds modules of these names."""
        return all(holds(folder, top) for top in self.with_files)

    def as_imported(self) -> OwnCode | None:
        """What these names are in this process, which has imported them."""
        return code_of(next(iter(self.networks), ""), self.task, self.others)


def code_of(model: str, task: str | None = None, others: Sequence[str] = ()) -> OwnCode | None:
    """The code of a network, a task and other objects that this process has imported; None where all is ours.

    Raises:
        ConfigError: it lies in several folders, so that no copy of one folder would hold it.
    """
    row = MODELS.get(model)
    networks = {model: model if package_of(model) else row.builder} if row is not None and row.config else {}
    task = task if task is not None and is_own(task) else None
    if not networks and task is None and not others:
        return None
    of_packages = {_top(model): package_of(model) for model in networks if package_of(model)}
    modules = [target.partition(":")[0] for target in (*networks.values(), *([task] if task else []), *others)]
    roots = {_top(module): None if _top(module) in of_packages else root_of(module) for module in modules}
    installed = tuple(sorted(top for top, root in roots.items() if root is None))
    folders = sorted({root for root in roots.values() if root is not None})
    if len(folders) > 1:
        raise ConfigError(f"{' and '.join(map(str, folders))}: code of your own in two folders; keep it in one")
    versions = [installed_version(of_packages.get(top) or top) for top in installed]
    files = sorted({path for top, root in roots.items() if root is not None for path in own_files(top, root)})
    folder = folders[0] if folders else None
    return OwnCode(
        networks=networks,
        task=task,
        others=tuple(others),
        folder=folder,
        installed=installed,
        version=" and ".join([*([version_of(folder, files)] if folder else []), *versions]),
        digest=digest_of(folder, files) if folder else "",
    )


def use_code(code: OwnCode | None) -> None:
    """Import it, from its folder where that is there, else from wherever this process finds it.

    Raises:
        ConfigError: it cannot be imported, or is none of what its names were.
    """
    if code is None:
        return
    folders = [code.folder] if code.folder is not None and code.folder.is_dir() else []
    for name, target in code.networks.items():
        use_network(name, folders, target)
    if code.task is not None:
        use_task(code.task, folders)
    for target in code.others:
        imported(target, folders)


def copy_code(code: OwnCode | None, to: Path) -> None:
    """Copy its Python files, whole or not at all; nothing where it has no files, or lies there already."""
    if code is None or code.folder is None or code.folder == to.resolve():
        return
    beside = to.with_name(f".{to.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    for path in sorted({path for top in code.with_files for path in own_files(top, code.folder)}):
        (beside / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(code.folder / path, beside / path)
    shutil.rmtree(to, ignore_errors=True)
    beside.rename(to)


def _top(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]
