"""This machine's GPUs, as a sweep with a Ray of its own gives them to its trials."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: one that has asked CUDA keeps some of a card's memory.
_ASK = """
import torch
if torch.cuda.is_available():
    for card in range(torch.cuda.device_count()):
        print(getattr(torch.cuda.get_device_properties(card), "uuid", card))
"""
_ANSWER_SECONDS = 60


def usable_cards() -> list[str]:
    """Names of the GPUs that torch can train on, in its order; a card has the same name in every process.

    Ray counts others too: an Apple one, or one whose driver is too old for this torch.
    """
    if not gpus_here():
        return []  # without waiting for torch
    try:
        asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        return []
    return asked.stdout.split() if asked.returncode == 0 else []


def gpus_here() -> int:
    """How many GPUs Ray sees on this machine, whether or not torch can use them."""
    from ray._private.accelerators import get_accelerator_manager_for_resource  # what Ray itself counts with

    return int(get_accelerator_manager_for_resource("GPU").get_current_node_num_accelerators())


def card_resource(card: int) -> str:
    """What one of them is called to Ray."""
    return f"card_{card}"
