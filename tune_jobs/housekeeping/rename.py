"""`tune rename`: a sweep's folder gets another name, and so does it wherever sweeps beside it speak of it.

Whoever speaks of it is changed first and its folder is renamed last, each file whole or not at all: cut off in between,
the same command does the rest.
"""

from __future__ import annotations

import contextlib

from reports.records.errors import SweepError
from reports.records.folder import NAME, SweepFolder
from reports.records.record import Record
from reports.records.spec import SweepSpec
from reports.records.training import trainings_of
from tune_jobs.housekeeping.held import held, speaking_of, starts_from
from tune_jobs.storage.sweep_folders import write_spec
from tune_jobs.storage.working_copy import storage_option, uri_of


def rename(folder: SweepFolder, name: str) -> SweepFolder:
    """Give a sweep another name; its folder by that name.

    Raises:
        SweepError: the name is not allowed or is taken, the sweep or one that speaks of it is running, another one
            starts from its weights, or it is kept at a URI.
    """
    if not NAME.fullmatch(name):
        raise SweepError(f"{name!r}: use letters, digits, `_`, `-` and `.`, at most 64 and no path")
    renamed = SweepFolder(folder.path.parent / name)
    if (uri := uri_of(folder)) is not None:
        raise SweepError(f"{uri}: a store of objects knows no renaming; the sweep keeps its name there")
    if renamed.path.exists() or renamed.path.is_symlink():
        raise SweepError(f"{renamed.path}: is there already; choose another name")
    others = speaking_of(folder)
    for other, spec in others:
        if starts_from(spec, folder):
            raise SweepError(f"{folder.name}: {other.name} starts from weights in its folder; it keeps its name")
    with contextlib.ExitStack() as locks:
        for one in (folder, *(other for other, _ in others)):
            one.refuse_newer()
            locks.enter_context(held(one))
        for other, spec in others:
            write_spec(other, _speaking_of(spec, name))
        own = folder.spec()
        if own.confirmation is not None:
            _tell(SweepFolder(folder.path.parent / own.confirmation.of), folder.name, name)
        write_spec(folder, own.model_copy(update={"name": name}))
        try:
            folder.path.rename(renamed.path)
        except OSError as error:
            write_spec(folder, own)
            raise SweepError(f"{folder.path}: cannot be renamed ({error.strerror})") from None
    return renamed


def draw_pages_again(folder: SweepFolder) -> None:
    """The pages that there are of a sweep, of its trainings and of those that speak of it say its name.

    Raises:
        UserError: a record is damaged.
    """
    from reports.pages.report import write_report
    from reports.pages.training import write_training

    for one in (folder, *(other for other, _ in speaking_of(folder))):
        if one.report_path.exists():
            write_report(one)
    for training in trainings_of(folder):
        if training.report_path.exists():
            write_training(training, storage_option(folder))


def _speaking_of(spec: SweepSpec, name: str) -> SweepSpec:
    if spec.confirmation is None:
        return spec.model_copy(update={"ablation_of": name})
    return spec.model_copy(update={"confirmation": spec.confirmation.model_copy(update={"of": name})})


def _tell(sweep: SweepFolder, old: str, new: str) -> None:
    """Where a confirmation has named a sweep's winner, the sweep's record says it again under the new name."""
    if not sweep.exists() or (confirmed := sweep.state().confirmed) is None or confirmed.by != old:
        return
    with held(sweep):
        record = Record(sweep.record_path)
        try:
            record.append(confirmed.model_copy(update={"by": new}))
        finally:
            record.close()
