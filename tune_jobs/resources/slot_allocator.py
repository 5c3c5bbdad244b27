"""How many trials may run now: as many as the living nodes have room for, and as this sweep's fair share allows."""

from __future__ import annotations

import time
from collections.abc import Callable

from tune_jobs.cluster.cluster import Node
from tune_jobs.resources.fair_share import FairShare, Lease
from tune_jobs.resources.slots import Slots, room

_REFRESH_SECONDS = 2.0  # The nodes are counted again after so long: one may have joined, or be gone.


class SlotAllocator:
    """Gives each running trial a slot, by the id that Ray has for the trial."""

    def __init__(
        self,
        slots: Slots,
        nodes: Callable[[], list[Node]],
        share: FairShare | None,
        changed: Callable[[int], None],
    ) -> None:
        """
        Args:
            slots: what one trial gets, and how many slots there are at first.
            nodes: returns the nodes that are alive now.
            share: this sweep's part of this machine; None on a cluster, where Ray arbitrates.
            changed: is called with the number of slots whenever that has changed.
        """
        self._slots, self._nodes, self._share, self._changed = slots, nodes, share, changed
        self._count, self._counted_at = slots.count, time.monotonic()
        self._leases: dict[str, Lease | None] = {}

    def acquire(self, trial_id: str, gpus: float) -> tuple[int, ...] | None:
        """Give a slot with that share of a GPU to one more trial.

        The answer is the numbers of its GPUs, which are none where Ray chooses them, or None where no slot is free.
        """
        if len(self._leases) >= self.room():
            return None
        lease = self._share.acquire(self._slots.cpus, gpus) if self._share else None
        if lease is None and self._share is not None:
            return None
        self._leases[trial_id] = lease
        return lease.gpu_numbers if lease else ()

    def release(self, trial_id: str) -> None:
        """Free the slot of a trial that has ended, or that never began."""
        lease = self._leases.pop(trial_id, None)
        if lease and self._share:
            self._share.release(lease)

    @property
    def is_idle(self) -> bool:
        """Whether no trial has a slot."""
        return not self._leases

    def room(self) -> int:
        """How many trials the nodes have room for, by those that were alive a moment ago."""
        now = time.monotonic()
        if now - self._counted_at >= _REFRESH_SECONDS:
            self._counted_at = now
            count = room(self._nodes(), self._slots.cpus, self._slots.gpus)
            if count != self._count:
                self._count = count
                self._changed(count)
        return self._count
