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
from torch import Tensor, nn

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


@torch.inference_mode()
def loses_gradients(network: nn.Module, inputs: Tensor) -> bool:
    """Whether bfloat16 spoils a network's gradients on a CPU: oneDNN leaves parts of the weights' gradient of a strided
    convolution as they were in memory where its input is a single pixel, as the last ones of small images are.

    Args:
        network: on a CPU; its mode stays.
        inputs: of one image, [1, channels, height, width].
    """
    found: list[bool] = []

    def look(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.Conv2d)
        strided = max(module.stride) > 1 and max(module.kernel_size) > 1
        found.append(strided and given[0].shape[-2:] == (1, 1))

    hooks = [one.register_forward_pre_hook(look) for one in network.modules() if isinstance(one, nn.Conv2d)]
    training = network.training
    network.eval()(inputs)
    network.train(training)
    for hook in hooks:
        hook.remove()
    return any(found)


def computing(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """The context of a forward pass of training."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")
