"""A sweep that nobody else works on meanwhile, and the sweeps that speak of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, list_sweeps, other_driver
from reports.records.spec import SweepSpec
from reports.records.training import trainings_of
from tune_jobs.storage.sweep_folders import hold
from tune_jobs.use.trainings import hold_training


@contextlib.contextmanager
def held(folder: SweepFolder) -> Iterator[None]:
    """Keep every driver, and everybody who trains, out of a sweep while the block runs.

    Raises:
        SweepError: it is running, here or on another machine, or a training of it is.
    """
    if (host := other_driver(folder)) is not None:
        raise SweepError(f'"{folder.name}" is running on {host}; end it first: tune stop {folder.name}')
    with contextlib.ExitStack() as locks:
        locks.callback(hold(folder).release)
        for training in trainings_of(folder):
            locks.callback(hold_training(training).release)
        yield


def speaking_of(folder: SweepFolder) -> list[tuple[SweepFolder, SweepSpec]]:
    """The sweeps beside it that say more of it (ablations, confirmations), and those whose trunk starts from its
    weights; damaged ones aside."""
    found = []
    for other in list_sweeps(folder.path.parent):
        try:
            spec = other.spec()
        except SweepError:
            continue
        if other.name != folder.name and (spec.about == folder.name or starts_from(spec, folder)):
            found.append((other, spec))
    return found


def starts_from(spec: SweepSpec, folder: SweepFolder) -> bool:
    """Whether the trunk of a sweep's networks may start from the weights of another sweep's trial."""
    searched = spec.space.search.get("backbone")
    named = list(searched.values() or []) if searched else [spec.space.fixed.get("backbone")]
    return any(str(one).startswith(f"{folder.path.resolve()}/") for one in named)
