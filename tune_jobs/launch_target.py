"""Where a sweep is kept and run, on this machine or on a cluster that it joins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnnmodels.data import default_cache
from reports.records.folder import SweepFolder, find_sweep
from tune_jobs.cluster.cluster import prepare
from tune_jobs.environment import refuse_unwritable_cache, settle_for_ray
from tune_jobs.storage.working_copy import local_copy


@dataclass(frozen=True)
class LaunchTarget:
    """Where a command works."""

    storage: Path  # on this machine; the copy of what lies at a URI
    cache: Path
    address: str | None = None  # of a Ray cluster; without it, this machine

    @classmethod
    def of(cls, storage: str, address: str | None = None) -> LaunchTarget:
        """Where a person says: a folder or a URI of sweeps.

        Raises:
            UserError: the URI cannot be used or does not answer, or no sweep can run here.
        """
        return cls._settled(local_copy(storage), address)

    @classmethod
    def beside(cls, folder: SweepFolder, address: str | None = None) -> LaunchTarget:
        """Where a sweep lies already that is to go on, or to be told something.

        Raises:
            UserError: a newer version has written it, or no sweep can run here.
        """
        folder.refuse_newer()
        return cls._settled(folder.path.parent, address)

    @classmethod
    def _settled(cls, storage: Path, address: str | None) -> LaunchTarget:
        """
        Raises:
            UserError: this user or this machine lacks what a sweep needs here.
        """
        cache = default_cache()
        refuse_unwritable_cache(cache)
        settle_for_ray(cache, local=address is None)
        prepare(address)
        return cls(storage, cache, address)


def local_sweep(storage: str, name: str) -> SweepFolder:
    """A sweep's folder on this machine, brought up to date where it is kept at a URI.

    Raises:
        SweepError: there is no such sweep; the text speaks of the storage as it was given.
    """
    return find_sweep(local_copy(storage, name), name, shown=storage)
