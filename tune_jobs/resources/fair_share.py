"""Several sweeps on one machine, each with a Ray of its own, share the machine's cores and GPUs.

Ray arbitrates within a cluster, but two local sweeps are two clusters. What a trial uses is therefore a claim: a file,
and a lock that the trial's driver holds and that the system frees when the driver dies. The sweep that holds least goes
first: this is dominant resource fairness (Ghodsi et al., NSDI 2011) over leases that are granted as resources become
free and are never revoked.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from reports.records.atomic_write import write_atomically

_ROUNDING = 1e-6  # Shares such as 1/3 do not add up to exactly one.
_REQUEST_LIFE_SECONDS = 10  # A request that was not renewed for so long holds up nobody: its sweep was halted.
_GUARD_SECONDS = 0.5


class Claim(BaseModel):
    """What one trial of a sweep holds."""

    model_config = ConfigDict(frozen=True)

    owner: str
    cores: int
    gpus: Mapping[str, float]  # This says by a GPU's name which share of it the trial holds.


class _PendingRequest(BaseModel):
    """The last request of a sweep that could not be granted, and what it lacked."""

    owner: str
    part: float  # The sweep holds this part of the machine, by its own count.
    since: float  # The sweep began to wait at this time.time().
    tried: float  # The sweep tried last at this time.time().
    cores: bool  # This says whether the sweep lacks cores.
    gpus: tuple[str, ...]  # The sweep would take any of these GPUs; it lacks none if there are none.


@dataclass(frozen=True)
class Lease:
    """What a trial may use of this machine until the lease is released."""

    gpu_numbers: tuple[int, ...]  # Torch knows the trial's GPUs by these numbers.
    lock: FileLock


class FairShare:
    """One sweep's part of this machine."""

    def __init__(self, folder: Path, *, cores: int, gpu_names: Sequence[str]) -> None:
        """
        Args:
            folder: the folder of all claims on this machine.
            cores: the number of cores that the machine has.
            gpu_names: the machine's GPUs in torch's order, by names that are the same to every sweep.
        """
        self._folder, self._cores, self._gpu_names = folder, cores, list(gpu_names)
        self._owner = uuid.uuid4().hex
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._guard = FileLock(folder / "guard.lock")
        self._request_path = folder / f"{self._owner}.request"
        self._leases: list[Lease] = []
        self._claim_numbers = itertools.count()
        self._waits_since: float | None = None

    def acquire(self, cores: int, gpus: float = 0.0) -> Lease | None:
        """Lease so many cores, and so many GPUs or a share of one, for a trial.

        The answer is None where others hold them, and where it is the turn of a sweep that holds less.
        """
        try:
            with self._guard.acquire(timeout=_GUARD_SECONDS):
                return self._acquire(cores, gpus)
        except (Timeout, OSError):  # A sweep was halted while it held the guard, or the disk is full.
            return None

    def release(self, lease: Lease) -> None:
        """Free what a trial held that has ended."""
        self._leases.remove(lease)
        lease.lock.release()

    def close(self) -> None:
        for lease in list(self._leases):
            self.release(lease)
        with contextlib.suppress(Timeout), self._guard.acquire(timeout=_GUARD_SECONDS):
            self._request_path.unlink(missing_ok=True)
            list(_living_claims(self._folder))  # Listing the claims removes those that we have just released.

    def _acquire(self, cores: int, gpus: float) -> Lease | None:
        claims = list(_living_claims(self._folder))
        part = self._part(claims)
        numbers = _gpus_with_room(self._gpu_names, claims, gpus)
        lacks_cores = cores > self._cores - sum(claim.cores for claim in claims)
        if lacks_cores or numbers is None:
            self._write_request(part, cores=lacks_cores, gpus=self._gpu_names if numbers is None else [])
            return None
        names = [self._gpu_names[number] for number in numbers]
        if self._is_the_turn_of_another(part, names):
            self._write_request(part, cores=True, gpus=names)
            return None
        self._waits_since = None
        self._request_path.unlink(missing_ok=True)
        claim = Claim(owner=self._owner, cores=cores, gpus=dict.fromkeys(names, min(1.0, gpus)))
        path = self._folder / f"{self._owner}-{next(self._claim_numbers)}.claim"
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
        write_atomically(path, claim.model_dump_json())
        lease = Lease(numbers, lock)
        self._leases.append(lease)
        return lease

    def _write_request(self, part: float, *, cores: bool, gpus: Sequence[str]) -> None:
        now = time.time()
        self._waits_since = self._waits_since or now
        request = _PendingRequest(
            owner=self._owner, part=part, since=self._waits_since, tried=now, cores=cores, gpus=tuple(gpus)
        )
        self._request_path.write_text(request.model_dump_json())

    def _is_the_turn_of_another(self, part: float, gpu_names: Sequence[str]) -> bool:
        """Whether a sweep that holds less, or that holds as much and has waited longer, lacks what this one wants."""
        mine = part, self._waits_since or time.time()
        return any(
            (request.part, request.since) < mine and (request.cores or not {*request.gpus}.isdisjoint(gpu_names))
            for request in _living_requests(self._folder)
            if request.owner != self._owner
        )

    def _part(self, claims: Sequence[Claim]) -> float:
        """The dominant share: the part that this sweep holds of the resource of which it holds most."""
        own = [claim for claim in claims if claim.owner == self._owner]
        of_cores = sum(claim.cores for claim in own) / self._cores
        of_gpus = sum(sum(claim.gpus.values()) for claim in own) / max(1, len(self._gpu_names))
        return max(of_cores, of_gpus)


def _gpus_with_room(names: Sequence[str], claims: Sequence[Claim], gpus: float) -> tuple[int, ...] | None:
    """The numbers of the emptiest GPUs that have room for so much; None where too few have."""
    if not gpus or not names:
        return ()
    used = {name: sum(claim.gpus.get(name, 0.0) for claim in claims) for name in names}
    share, count = (gpus, 1) if gpus < 1 else (1.0, round(gpus))
    fit = [number for number, name in enumerate(names) if used[name] + share <= 1 + _ROUNDING]
    fit.sort(key=lambda number: used[names[number]])
    return tuple(sorted(fit[:count])) if len(fit) >= count else None


def _living_claims(folder: Path) -> Iterator[Claim]:
    """The claims whose drivers live; the claims of dead drivers are removed on the way."""
    for path in sorted(folder.glob("*.claim")):
        lock = FileLock(path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield Claim.model_validate_json(path.read_text())
            continue
        path.unlink(missing_ok=True)
        lock.release()
        path.with_suffix(".lock").unlink(missing_ok=True)


def _living_requests(folder: Path) -> Iterator[_PendingRequest]:
    """The requests of sweeps that tried a moment ago; older ones are removed on the way."""
    for path in folder.glob("*.request"):
        try:
            request = _PendingRequest.model_validate_json(path.read_bytes())
        except ValueError:  # A full disk cut the file short.
            request = None
        # The distance is absolute, since the clock may have been set back.
        if request is not None and abs(time.time() - request.tried) < _REQUEST_LIFE_SECONDS:
            yield request
        else:
            path.unlink(missing_ok=True)
