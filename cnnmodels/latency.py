"""How long a network takes for one image, measured while no other run of the machine takes a step."""

from __future__ import annotations

import statistics
import time

import torch

from cnnmodels.batches import gather
from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.networks import build
from cnnmodels.tasks import make_task
from cnnmodels.turns import Turns

_WARM_UP = 5  # passes in which memory is asked for, and ways of convolving are chosen
_FEWEST, _MOST = 20, 200  # passes that are measured
_SECONDS = 0.3  # after which no further pass begins, as soon as there are enough


@torch.inference_mode()
def latency_ms(config: TrialConfig, data: ImageData, device: torch.device, turns: Turns) -> float:
    """Milliseconds of a forward pass of one image at the size of training, from pixels on the device to answers: a
    quarter of 20 passes or more are faster, since other programs make passes slower and never faster. In float32, by as
    many threads as a trial has; weights make no difference."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        task = make_task(config, data, device)
        network = build(config, task.outputs).to(device).to(memory_format=torch.channels_last).eval()
    image, _ = gather(data.train, torch.zeros(1, dtype=torch.int64), device)

    def a_pass() -> float:
        began = time.perf_counter()
        task.answers(network(task.inputs(image)))
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return 1000 * (time.perf_counter() - began)

    with turns.alone():
        for _ in range(_WARM_UP):
            a_pass()
        until, found = time.perf_counter() + _SECONDS, list[float]()
        while len(found) < _FEWEST or (len(found) < _MOST and time.perf_counter() < until):
            found.append(a_pass())
    return statistics.quantiles(found, n=4)[0]
