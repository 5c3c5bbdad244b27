"""OwnCode: what a sweep holds of somebody's own code: what its names mean, where it was found, which version it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cnnmodels.models import MODELS
from cnnmodels.own.files import digest_of, holds, installed_version, own_files, version_of
from cnnmodels.own.importing import root_of
from cnnmodels.own.networks import use_network
from cnnmodels.own.zoo import package_of


class OwnCode(BaseModel):
    """The code behind the names of a space that are not ours. Reading it imports nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    networks: dict[str, str] = Field(default_factory=dict)  # module and object of each name: {tiny: nets:TinyNet}
    folder: Path | None = None  # that holds its files; None: pip has installed it, and every node has its own
    version: str  # a commit, a hash of the content, or those of installed packages
    digest: str  # of its files; empty where there are none

    @property
    def in_words(self) -> str:
        """What it is of."""
        return " and ".join(self.networks)

    def is_at(self, folder: Path) -> bool:
        """Whether a folder holds modules of these names."""
        return all(holds(folder, target.partition(".")[0].partition(":")[0]) for target in self.networks.values())


def code_of(model: str) -> OwnCode | None:
    """The code of a network that this process has imported; None for one of ours."""
    row = MODELS.get(model)
    if row is None or row.config is None:
        return None
    package = package_of(model)
    if package is not None:
        return OwnCode(networks={model: model}, version=installed_version(package), digest="")
    module = row.builder.partition(":")[0]
    top, root, names = module.partition(".")[0], root_of(module), {model: row.builder}
    if root is None:
        return OwnCode(networks=names, version=installed_version(top), digest="")
    files = own_files(top, root)
    return OwnCode(networks=names, folder=root, version=version_of(root, files), digest=digest_of(root, files))


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


def copy_code(code: OwnCode | None, to: Path) -> None:
    """Copy its Python files, whole or not at all; nothing where it has no files, or lies there already."""
    if code is None or code.folder is None or code.folder == to.resolve():
        return
    beside = to.with_name(f".{to.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    tops = {target.partition(":")[0].partition(".")[0] for target in code.networks.values()}
    for path in sorted({path for top in tops for path in own_files(top, code.folder)}):
        (beside / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(code.folder / path, beside / path)
    shutil.rmtree(to, ignore_errors=True)
    beside.rename(to)
