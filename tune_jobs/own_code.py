"""Somebody's own code through the life of a sweep: kept in the sweep's folder when it begins, found again later.

Workers import the copy, so that a file may be edited while a sweep runs. Whoever only reads a sweep imports nothing.
"""

from __future__ import annotations

from pathlib import Path

from cnnmodels.own.code import OwnCode, copy_code, use_code
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec


def keep_code(folder: SweepFolder, spec: SweepSpec) -> None:
    """Copy the code of a sweep into its folder."""
    copy_code(spec.code, folder.code_path)


def kept_code(folder: SweepFolder, spec: SweepSpec) -> OwnCode | None:
    """The code of a sweep as its copy, where there is one."""
    return _at(spec.code, folder.code_path)


def use_kept_code(folder: SweepFolder, spec: SweepSpec) -> SweepSpec:
    """Import the code that a sweep's results are of; the sweep with its code where that was found.

    Raises:
        ConfigError: it is gone, or cannot be imported.
    """
    code = kept_code(folder, spec)
    use_code(code)
    return spec.model_copy(update={"code": code})


def use_code_of_today(folder: SweepFolder, spec: SweepSpec) -> tuple[SweepSpec, list[str]]:
    """Import the code of a sweep that goes on: from the folder where it lay, else the sweep's copy.

    Returns:
        The sweep with that code, and what the record says where it has changed.

    Raises:
        ConfigError: it is gone, or cannot be imported.
    """
    before = spec.code
    if before is None:
        return spec, []
    there = before.folder is not None and before.is_at(before.folder)
    code = before if there else kept_code(folder, spec)
    use_code(code)
    now = code.as_imported() if code is not None else None
    if now is None or (now.digest, now.version) == (before.digest, before.version) or now.digest == before.digest != "":
        return spec.model_copy(update={"code": code}), []
    change = f"The code of {before.in_words} has changed: it is {now.version}, it was {before.version}"
    return spec.model_copy(update={"code": now}), [change]


def _at(code: OwnCode | None, folder: Path) -> OwnCode | None:
    return code.model_copy(update={"folder": folder.resolve()}) if code is not None and folder.is_dir() else code
