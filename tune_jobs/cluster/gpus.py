"""This machine's GPUs: which of them torch can train on, and what they are called to Ray."""

from __future__ import annotations

import functools
import subprocess
import sys

from reports.records.errors import SweepError

# This runs in a process of its own, since a process that has asked CUDA keeps some of a GPU's memory.
_LIST_GPUS = """
import torch
if torch.cuda.is_available():
    for gpu in range(torch.cuda.device_count()):
        print(getattr(torch.cuda.get_device_properties(gpu), "uuid", gpu))
"""
_ANSWER_SECONDS = 120


def usable_gpus() -> list[str]:
    """The names of the GPUs that torch can train on, in torch's order; a GPU has the same name in every process.

    Ray also counts GPUs that torch cannot use, such as one whose driver is too old for this torch.

    Raises:
        SweepError: there are GPUs, and torch fails when it is asked for them.
    """
    if not visible_gpus():
        return []  # There is no need to wait for torch.
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _LIST_GPUS], capture_output=True, text=True, timeout=_ANSWER_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise SweepError(
            f"resources.gpus: torch did not say within {_ANSWER_SECONDS} s which GPUs it can use"
        ) from None
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SweepError(f"resources.gpus: torch cannot say which GPUs it can use: {last}")
    return answer.stdout.split()


@functools.cache  # Asking may take a second, and the answer does not change.
def visible_gpus() -> int:
    """How many GPUs Ray sees on this machine, whether or not torch can use them."""
    from ray._private.accelerators import get_accelerator_manager_for_resource  # Ray itself counts with it.

    return int(get_accelerator_manager_for_resource("GPU").get_current_node_num_accelerators())


def gpu_resource(gpu: int) -> str:
    """The name of the Ray resource that stands for the GPU of that number."""
    return f"gpu_{gpu}"
