"""Where a sweep is kept and run, on this machine or on a cluster that it joins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnnmodels.data import default_cache
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, find_sweep
from search_spaces.budget import seconds
from tune_jobs.cluster.cluster import prepare
from tune_jobs.environment import refuse_unwritable_cache, settle_for_ray
from tune_jobs.storage.working_copy import local_copy
from tune_jobs.workers.start_watch import WAIT_FOR_NODES


@dataclass(frozen=True)
class LaunchTarget:
    """Where a command works."""

    storage: Path  # on this machine; the copy of what lies at a URI
    cache: Path
    address: str | None = None  # of a Ray cluster; without it, this machine
    wait_for_nodes: float = WAIT_FOR_NODES  # seconds, where no node of that cluster has room for a trial

    @classmethod
    def of(cls, storage: str, address: str | None = None, wait_for_nodes: str | float | None = None) -> LaunchTarget:
        """Where a person says: a folder or a URI of sweeps.

        Raises:
            UserError: the URI cannot be used or does not answer, or no sweep can run here.
        """
        return cls._settled(local_copy(storage), address, wait_for_nodes)

    @classmethod
    def beside(
        cls, folder: SweepFolder, address: str | None = None, wait_for_nodes: str | float | None = None
    ) -> LaunchTarget:
        """Where a sweep lies already that is to go on, or to be told something.

        Raises:
            UserError: a newer version has written it, or no sweep can run here.
        """
        folder.refuse_newer()
        return cls._settled(folder.path.parent, address, wait_for_nodes)

    @classmethod
    def _settled(cls, storage: Path, address: str | None, wait_for_nodes: str | float | None) -> LaunchTarget:
        """
        Raises:
            UserError: this user or this machine lacks what a sweep needs here.
        """
        try:
            wait = WAIT_FOR_NODES if wait_for_nodes is None else float(seconds(wait_for_nodes))
        except ValueError as error:
            raise SweepError(f"--wait-for-nodes {wait_for_nodes}: {error}") from None
        cache = default_cache()
        refuse_unwritable_cache(cache)
        settle_for_ray(cache, local=address is None)
        prepare(address)
        return cls(storage, cache, address, wait)


def local_sweep(storage: str, name: str) -> SweepFolder:
    """A sweep's folder on this machine, brought up to date where it is kept at a URI.

    Raises:
        SweepError: there is no such sweep; the text speaks of the storage as it was given.
    """
    return find_sweep(local_copy(storage, name), name, shown=storage)
