"""How many trials may run now: as many as the nodes that are alive have room for, and as this sweep's part of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from tune_jobs.cluster.cluster import Node
from tune_jobs.resources.fair_share import FairShare, Place
from tune_jobs.resources.slots import Slots, room

_LOOK_SECONDS = 2.0  # between two looks at the nodes: one may join late, or be gone


class SlotAllocator:
    """Gives each running trial a place, by Ray's id of it."""

    def __init__(
        self,
        slots: Slots,
        nodes: Callable[[], list[Node]],
        share: FairShare | None,
        changed: Callable[[int], None],
    ) -> None:
        """
        Args:
            slots: what one trial gets.
            nodes: those that are alive now.
            share: this sweep's part of this machine; None on a cluster, where Ray arbitrates.
            changed: told the number of places when it has changed.
        """
        self._slots, self._nodes, self._share, self._changed = slots, nodes, share, changed
        self._places, self._looked = slots.count, time.monotonic()
        self._taken: dict[str, Place | None] = {}

    def acquire(self, trial_id: str, gpus: float) -> tuple[int, ...] | None:
        """Let one more trial run, with that share of a GPU: the numbers of its GPUs, none where Ray gives them out, or
        None where it may not."""
        self._look()
        if len(self._taken) >= self._places:
            return None
        place = self._share.take(self._slots.cpus, gpus) if self._share else None
        if place is None and self._share is not None:
            return None
        self._taken[trial_id] = place
        return place.cards if place else ()

    def release(self, trial_id: str) -> None:
        """A trial has ended, or there was none to run."""
        place = self._taken.pop(trial_id, None)
        if place and self._share:
            self._share.give_back(place)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        places = room(self._nodes(), self._slots.cpus, self._slots.gpus)
        if places != self._places:
            self._places = places
            self._changed(places)
