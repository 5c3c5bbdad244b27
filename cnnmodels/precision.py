"""Which numbers a training step computes with: bfloat16 where the device has it in hardware, else float32.

Only the network's forward pass and its gradients change (torch's autocast): weights, optimizer, losses, averages and
metrics stay float32, and so does every evaluation, so that a metric is the same wherever the weights are measured.
bfloat16 has float32's range, so gradients need no scaling (Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning
Training).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

import torch

from cnnmodels.config import Precision

_IN_HARDWARE = ("avx512_bf16", "amx_bf16", "bf16")  # names of x86 and Arm features
_AMPERE = (8, 0)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes with bfloat16 itself; where torch cannot say, it does not count as one that does."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _AMPERE
    if device.type != "cpu":
        return False
    features: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(features.get(name, False) for name in _IN_HARDWARE)


def precision_on(device: torch.device, asked: Precision | Literal["auto"]) -> Precision:
    """`float32` or `bfloat16`: what `auto` means on a device; a word that was asked for stays."""
    if asked != "auto":
        return asked
    return "bfloat16" if has_bfloat16(device) else "float32"


def computing(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """The context of a forward pass of training."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")
