"""This machine's GPUs, as a sweep with a Ray of its own gives them to its trials."""

from __future__ import annotations

import functools
import subprocess
import sys

from reports.records.errors import SweepError

# In a process of its own: one that has asked CUDA keeps some of a GPU's memory.
_ASK = """
import torch
if torch.cuda.is_available():
    for gpu in range(torch.cuda.device_count()):
        print(getattr(torch.cuda.get_device_properties(gpu), "uuid", gpu))
"""
_ANSWER_SECONDS = 120


def usable_gpus() -> list[str]:
    """Names of the GPUs that torch can train on, in its order; each has the same name in every process.

    Ray counts others too: an Apple one, or one whose driver is too old for this torch.

    Raises:
        SweepError: there are some, and torch fails where it is asked for them.
    """
    if not visible_gpus():
        return []  # without waiting for torch
    try:
        answer = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        raise SweepError(
            f"resources.gpus: torch did not say within {_ANSWER_SECONDS} s which GPUs it can use"
        ) from None
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SweepError(f"resources.gpus: torch cannot say which GPUs it can use: {last}")
    return answer.stdout.split()


@functools.cache  # it may take a second to ask, and does not change
def visible_gpus() -> int:
    """How many GPUs Ray sees on this machine, whether or not torch can use them."""
    from ray._private.accelerators import get_accelerator_manager_for_resource  # what Ray itself counts with

    return int(get_accelerator_manager_for_resource("GPU").get_current_node_num_accelerators())


def gpu_resource(gpu: int) -> str:
    """What one of them is called to Ray."""
    return f"gpu_{gpu}"
