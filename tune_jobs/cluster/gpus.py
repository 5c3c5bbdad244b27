"""This machine's GPUs, as a sweep with a Ray of its own gives them to its trials."""

from __future__ import annotations

import functools
import subprocess
import sys

from tune_jobs.errors import SweepError

# In a process of its own: one that has asked CUDA keeps some of a card's memory.
_ASK = """
import torch
if torch.cuda.is_available():
    for card in range(torch.cuda.device_count()):
        print(getattr(torch.cuda.get_device_properties(card), "uuid", card))
"""
_ANSWER_SECONDS = 120


def usable_cards() -> list[str]:
    """Names of the GPUs that torch can train on, in its order; a card has the same name in every process.

    Ray counts others too: an Apple one, or one whose driver is too old for this torch.

    Raises:
        SweepError: there are some, and torch fails where it is asked for them.
    """
    if not gpus_here():
        return []  # without waiting for torch
    try:
        asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        raise SweepError(
            f"resources.gpus: torch did not say within {_ANSWER_SECONDS} s which GPUs it can use"
        ) from None
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SweepError(f"resources.gpus: torch cannot say which GPUs it can use: {last}")
    return asked.stdout.split()


@functools.cache  # it may take a second to ask, and does not change
def gpus_here() -> int:
    """How many GPUs Ray sees on this machine, whether or not torch can use them."""
    from ray._private.accelerators import get_accelerator_manager_for_resource  # what Ray itself counts with

    return int(get_accelerator_manager_for_resource("GPU").get_current_node_num_accelerators())


def card_resource(card: int) -> str:
    """What one of them is called to Ray."""
    return f"card_{card}"
