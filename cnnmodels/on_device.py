"""A split that lies on the device as a whole, where there is room for it beside what a run takes.

On a CPU there is never: the pages that all trials of a machine map are its memory already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from cnnmodels.data.image_data import Split

_BLOCK = 256  # images that are copied at once
_USED = 0.8  # of the room at most, since no two epochs take quite the same


class OnDevice:
    """The images of a split, and their targets, in the memory of a device."""

    def __init__(self, split: Split, device: torch.device) -> None:
        """
        Raises:
            torch.OutOfMemoryError: the device has no room for it.
        """
        self._images = torch.empty(len(split), *_shape(split), dtype=torch.uint8, device=device)
        for start in range(0, len(split), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(split)))
            self._images[start : start + _BLOCK] = torch.from_numpy(np.asarray(split.images[rows])).to(device)
        # A copy, since torch warns of a mapped file that may not be written to.
        self._targets = None if split.targets is None else torch.from_numpy(np.array(split.targets)).to(device)

    def __len__(self) -> int:
        return len(self._images)

    def rows(self, indices: Tensor) -> tuple[Tensor, Tensor | None]:
        """Images [batch, 3, height, width] in 0 to 255 and their targets; the device is told, and not waited for."""
        chosen = indices.to(self._images.device, non_blocking=True)
        images = self._images.index_select(0, chosen).float()
        return images, None if self._targets is None else self._targets.index_select(0, chosen)


def bytes_on_device(splits: Sequence[Split]) -> int:
    """What splits take where they lie as a whole."""
    images = sum(len(split) * int(np.prod(_shape(split))) for split in splits)
    return images + sum(split.targets.nbytes for split in splits if split.targets is not None)


def room_on(device: torch.device) -> int:
    """Bytes of a GPU that this process may take beside what it has taken up to now; 0 of any other device.

    A process keeps what it ever needed at once, so that after an epoch this is what no step needs.
    """
    if device.type != "cuda":
        return 0
    number = torch.cuda.current_device() if device.index is None else device.index
    free, total = torch.cuda.mem_get_info(number)
    share = torch.cuda.get_per_process_memory_fraction(number) * total - torch.cuda.memory_reserved(number)
    return int(_USED * max(0, min(free, share)))


def _shape(split: Split) -> tuple[int, ...]:
    """Of one image, [3, height, width]; of two arrays behind each other only rows can be asked for."""
    return np.asarray(split.images[np.arange(1)]).shape[1:]
