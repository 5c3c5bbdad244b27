"""`tune doctor`: who owns the command, which versions, which devices, how much memory, and what Ray leaves open."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

import psutil
from pydantic import BaseModel

from reports.records.spec import versions
from tune_jobs.cluster.exposure import Exposure, ray_exposure
from tune_jobs.cluster.gpus import visible_gpus


class Diagnosis(BaseModel):
    """What `tune doctor` found."""

    tune_path: str | None
    tune_owner: str  # package whose `tune` stands there, as far as its text tells
    versions: dict[str, str]
    cpus: int
    gpus: list[str]
    memory_free_bytes: int
    memory_total_bytes: int
    disk_free_bytes: int
    ray: Exposure
    problems: list[str]


def diagnose(storage: Path) -> Diagnosis:
    """Look at this machine and this installation."""
    import torch

    path = shutil.which("tune")
    owner = _owner(path)
    memory = psutil.virtual_memory()
    existing = next(folder for folder in [storage.resolve(), *storage.resolve().parents] if folder.exists())
    problems = []
    if path is None:
        ours = Path(sys.executable).parent / "tune"
        problems.append(f"`tune` is not on the PATH; activate its environment, or call {ours}")
    elif owner != "cnn-tune":
        problems.append(f"{path} belongs to {owner}; call cnn-tune, or install cnn-tune again so that it comes last")
    gpus = [torch.cuda.get_device_name(gpu) for gpu in range(torch.cuda.device_count() * torch.cuda.is_available())]
    if not gpus and visible_gpus():
        problems.append(
            f"torch {torch.__version__} cannot use this machine's GPU (it is no NVIDIA or AMD one, or its driver is "
            "too old); sweeps run on the CPU"
        )
    exposure = ray_exposure()
    return Diagnosis(
        tune_path=path,
        tune_owner=owner,
        versions=versions(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        gpus=gpus,
        memory_free_bytes=memory.available,
        memory_total_bytes=memory.total,
        disk_free_bytes=shutil.disk_usage(existing).free,
        ray=exposure,
        problems=problems + exposure.problems,
    )


def _owner(path: str | None) -> str:
    """Ray installs a console script of the same name; the module that a script imports tells whose it is."""
    if path is None:
        return "nobody"
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return "an unknown program"
    if "tune_jobs" in text:
        return "cnn-tune"
    if "ray.tune" in text:
        return f"ray {metadata.version('ray')}"
    return "an unknown program"
