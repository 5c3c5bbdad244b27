"""`gpus: auto`: which share of a GPU one trial needs, measured by one step of the largest trial of the space.

The figure is remembered by space, image size and GPU, so that a second sweep does not measure again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from cnnmodels.models import MODELS
from cnnmodels.own.code import OwnCode, use_code
from cnnmodels.task_table import is_own
from reports.records.atomic_write import write_atomically
from search_spaces.schema import SearchSpace
from tune_jobs.cluster.cluster import Node, on_node

_OVERHEAD_BYTES = 700_000_000  # A process takes so much beside its tensors, for CUDA, cuDNN and cuBLAS.
_MARGIN = 1.15  # Torch takes memory in blocks, and the batches of a validation differ.
_LARGER_IS_LARGER = ("batch_size", "width", "levels")  # These knobs decide how much memory a trial takes.
_OUT_OF_MEMORY = (
    *("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"),
    "unable to find an engine",  # cuDNN says this where no kernel's workspace has room.
)
_MAX_TRIALS_PER_GPU = 16  # With more of them, their starts and stops cost more than they bring.


def gpu_share(space: SearchSpace, nodes: Sequence[Node], cache: Path, classes: int) -> float | None:
    """The measured share (1/n) for `gpus: auto`, or None where it was not asked for or there is no GPU.

    It is measured on the first node that has a GPU; in a cluster of different GPUs, set the share in the space instead.
    """
    with_gpu = next((node for node in nodes if node.gpus), None)
    if space.resources.gpus != "auto" or with_gpu is None:
        return None
    if is_own(space.task):
        return 1.0  # nothing is generated to measure it with; `resources.gpus` says a share
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    config, size, code = largest(space), list(space.data.size), space.own_code
    gpu_names = ray.get(on_node(with_gpu.id, _gpu_names))
    asked = [config, size, classes, gpu_names, *([code.digest] if code else [])]
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(cache / "gpu-shares.lock"):  # Of two sweeps that start together, one measures.
        remembered = cache / "gpu-shares.json"
        known: dict[str, float] = json.loads(remembered.read_text()) if remembered.exists() else {}
        if key not in known:
            here = NodeAffinitySchedulingStrategy(with_gpu.id, soft=False)
            # Ray ends the process of a task that asks for GPUs with the task, so its memory is freed.
            measure = ray.remote(num_gpus=1, max_retries=0, scheduling_strategy=here)(_peak_bytes)
            measured = ray.get(measure.remote(config, size, classes, code))
            if measured is None:  # Others may have been at work on the GPU, so this is not remembered.
                return 1.0
            known[key] = share_of(*measured)
            write_atomically(remembered, json.dumps(known, indent=1))
        return known[key]


def largest(space: SearchSpace) -> dict[str, Any]:
    """The configuration that takes the most memory: the default, with the largest batch and network in the space. Of
    somebody's own network every number is taken to make it larger."""
    values = space.default()
    own = MODELS[space.model].knobs if MODELS[space.model].config is not None else ()
    for knob in (*_LARGER_IS_LARGER, *own):
        ends = space.search[knob].ends() if knob in space.search else []
        if ends and all(isinstance(end, int | float) for end in ends):
            values[knob] = max(ends)
    return space.trial_config(values, seed=0).model_dump(mode="json")


def share_of(peak_bytes: int, total_bytes: int) -> float:
    """The smallest 1/n of a GPU that holds a trial; 1 where a trial needs more than half."""
    needed = (peak_bytes * _MARGIN + _OVERHEAD_BYTES) / total_bytes
    return 1 / max(1, min(_MAX_TRIALS_PER_GPU, math.floor(1 / needed)))


def tensors_part(share: float, total_bytes: int) -> float:
    """The part of a GPU's memory that a trial's tensors may take, since torch counts nothing else.

    It is the share less what a process takes beside its tensors, so that 1/share such processes fit on the GPU.
    """
    if share >= 1:
        return 1.0
    return max(share / 2, share - _OVERHEAD_BYTES / total_bytes)


def _gpu_names() -> str:
    """The names and memory of this node's GPUs and which of them may be used, asked without occupying one."""
    import os
    import shutil
    import subprocess

    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "unknown"
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    told = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return told + os.environ.get("CUDA_VISIBLE_DEVICES", "")


def _peak_bytes(config: dict[str, Any], size: list[int], classes: int, code: OwnCode | None) -> tuple[int, int] | None:
    """The bytes that torch reserved for a step and a validation of this configuration, and those of the smallest GPU.

    The answer is None where there was not enough memory.
    """
    import tempfile

    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, load
    from cnnmodels.training import fit

    use_code(code)
    wanted = parse({**config, "epochs": 1, "patience": None, "backbone": "random"} if "backbone" in config else config)
    names = {"segmentation": "streets", "classification": "shapes", "colorization": "meadows"}
    images = max(2 * wanted.batch_size, 20)
    spec = DataSpec.model_validate({"name": names[wanted.task], "images": images, "image_size": size, "val_share": 0.4})
    gpu, free, total = _emptiest_gpu()
    if free < _OVERHEAD_BYTES:
        return None
    torch.cuda.set_per_process_memory_fraction(0.9 * free / total, gpu)  # Others may be at work there.
    with tempfile.TemporaryDirectory() as scratch:
        data = load(spec, Path(scratch), wanted.task)
        if 0 < len(data.classes) < classes:
            data = replace(data, classes=tuple(map(str, range(classes))), colors=((0, 0, 0),) * classes)
        try:
            next(fit(wanted, data, device=f"cuda:{gpu}"))
        except RuntimeError as error:
            if is_out_of_memory(error):
                return None
            raise
    smallest = min(torch.cuda.get_device_properties(one).total_memory for one in range(torch.cuda.device_count()))
    return torch.cuda.max_memory_reserved(gpu), smallest


def _emptiest_gpu() -> tuple[int, int, int]:
    """The number, free bytes and total bytes of the GPU with the most room; a full one cannot even be asked."""
    import torch

    found = []
    for gpu in range(torch.cuda.device_count()):
        with contextlib.suppress(RuntimeError):
            free, total = torch.cuda.mem_get_info(gpu)
            found.append((free, gpu, total))
    free, gpu, total = max(found, default=(0, 0, 1))
    return gpu, free, total


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU had too little memory: torch says so itself, cuDNN and cuBLAS in words of their own."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)
