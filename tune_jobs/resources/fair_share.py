"""Several sweeps on one machine, each with a Ray of its own: they share its cores and its GPUs.

Ray arbitrates within a cluster; two local sweeps are two clusters. What a trial uses is a claim: a file, and a lock
that its driver holds, which the system frees when the driver dies. Whoever holds least goes first: dominant resource
fairness (Ghodsi et al., NSDI 2011), of places that are given as they become free and never taken back.
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

_ALMOST = 1e-6  # shares such as 1/3 do not add up to a whole one
_WAITS_SECONDS = 10  # since its last try; a sweep that was halted does not hold up the others
_GUARD_SECONDS = 0.5


class Claim(BaseModel):
    """What one trial of a sweep holds."""

    model_config = ConfigDict(frozen=True)

    owner: str
    cores: int
    cards: Mapping[str, float]


class _PendingRequest(BaseModel):
    """A sweep that found no place when it tried last, and what it lacked."""

    owner: str
    part: float  # what it holds, as it reckons
    since: float  # time.time()
    tried: float
    cores: bool  # whether it lacks any
    cards: tuple[str, ...]  # of which it would take any


@dataclass(frozen=True)
class Place:
    """What a trial holds of this machine."""

    cards: tuple[int, ...]  # its GPUs, by their number to torch
    lock: FileLock


class FairShare:
    """One sweep's part of this machine."""

    def __init__(self, folder: Path, *, cores: int, cards: Sequence[str]) -> None:
        """
        Args:
            folder: where the claims on this machine lie.
            cores: that it has.
            cards: its GPUs, in torch's order, by names that are the same to every sweep.
        """
        self._folder, self._cores, self._cards = folder, cores, list(cards)
        self._owner = uuid.uuid4().hex
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._guard = FileLock(folder / "guard.lock")
        self._wish_path = folder / f"{self._owner}.wish"
        self._held: list[Place] = []
        self._numbers = itertools.count()
        self._waits_since: float | None = None

    def take(self, cores: int, gpus: float = 0.0) -> Place | None:
        """Hold so many cores, and GPUs or a share of one, for a trial.

        None: others hold them, or it is the turn of a sweep that holds less.
        """
        try:
            with self._guard.acquire(timeout=_GUARD_SECONDS):
                return self._take(cores, gpus)
        except (Timeout, OSError):  # a sweep was halted in the middle of this; a disk is full, which others will say
            return None

    def give_back(self, place: Place) -> None:
        """A trial has ended."""
        self._held.remove(place)
        place.lock.release()

    def close(self) -> None:
        for place in list(self._held):
            self.give_back(place)
        with contextlib.suppress(Timeout), self._guard.acquire(timeout=_GUARD_SECONDS):
            self._wish_path.unlink(missing_ok=True)
            list(_living_claims(self._folder))  # which removes ours

    def _take(self, cores: int, gpus: float) -> Place | None:
        claims = list(_living_claims(self._folder))
        part = self._part(claims)
        cards = _with_room(self._cards, claims, gpus)
        lacks_cores = cores > self._cores - sum(claim.cores for claim in claims)
        if lacks_cores or cards is None:
            self._wish(part, cores=lacks_cores, cards=self._cards if cards is None else [])
            return None
        names = [self._cards[card] for card in cards]
        if self._is_the_turn_of_another(part, names):
            self._wish(part, cores=True, cards=names)
            return None
        self._waits_since = None
        self._wish_path.unlink(missing_ok=True)
        claim = Claim(owner=self._owner, cores=cores, cards=dict.fromkeys(names, min(1.0, gpus)))
        path = self._folder / f"{self._owner}-{next(self._numbers)}.claim"
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
        write_atomically(path, claim.model_dump_json())
        place = Place(cards, lock)
        self._held.append(place)
        return place

    def _wish(self, part: float, *, cores: bool, cards: Sequence[str]) -> None:
        now = time.time()
        self._waits_since = self._waits_since or now
        wish = _PendingRequest(
            owner=self._owner, part=part, since=self._waits_since, tried=now, cores=cores, cards=tuple(cards)
        )
        self._wish_path.write_text(wish.model_dump_json())

    def _is_the_turn_of_another(self, part: float, cards: Sequence[str]) -> bool:
        """Whether a sweep that holds less, or as much and waits longer, lacks what this one would take."""
        mine = part, self._waits_since or time.time()
        return any(
            (wish.part, wish.since) < mine and (wish.cores or not {*wish.cards}.isdisjoint(cards))
            for wish in _living_wishes(self._folder)
            if wish.owner != self._owner
        )

    def _part(self, claims: Sequence[Claim]) -> float:
        """What this sweep holds of whatever it holds most of."""
        held = [claim for claim in claims if claim.owner == self._owner]
        of_cores = sum(claim.cores for claim in held) / self._cores
        of_cards = sum(sum(claim.cards.values()) for claim in held) / max(1, len(self._cards))
        return max(of_cores, of_cards)


def _with_room(names: Sequence[str], claims: Sequence[Claim], gpus: float) -> tuple[int, ...] | None:
    """The cards that have so much left, the emptiest first; None where there are too few."""
    if not gpus or not names:
        return ()
    used = {name: sum(claim.cards.get(name, 0.0) for claim in claims) for name in names}
    share, count = (gpus, 1) if gpus < 1 else (1.0, round(gpus))
    fit = [card for card, name in enumerate(names) if used[name] + share <= 1 + _ALMOST]
    fit.sort(key=lambda card: used[names[card]])
    return tuple(sorted(fit[:count])) if len(fit) >= count else None


def _living_claims(folder: Path) -> Iterator[Claim]:
    """Claims whose driver lives; those of others are removed."""
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


def _living_wishes(folder: Path) -> Iterator[_PendingRequest]:
    """Those of sweeps that tried a moment ago; others are removed."""
    for path in folder.glob("*.wish"):
        try:
            wish = _PendingRequest.model_validate_json(path.read_bytes())
        except ValueError:  # cut short by a full disk
            wish = None
        if wish is not None and abs(time.time() - wish.tried) < _WAITS_SECONDS:  # the clock may have gone back
            yield wish
        else:
            path.unlink(missing_ok=True)
