"""Checkpoints: a training run's state on disk, whole or not at all. Knows files, not training."""

from __future__ import annotations

import os
import shutil
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from cnnmodels.errors import CheckpointError

Ended = Literal["completed", "stopped_early", "diverged"]


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next epoch depends on, and what the last one gave. Holds tensors that training goes on with:
    save it before the next epoch."""

    config: dict[str, Any]  # a TrialConfig
    outputs: int  # channels of the network's output
    epoch: int  # epochs trained
    network: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: dict[str, Any]
    best: float | None  # best objective so far
    epochs_since_best: int
    metrics: dict[str, float]  # of this epoch
    ended: Ended | None


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write beside, sync, rename: at every instant the path holds a whole checkpoint or none."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        torch.save(vars(checkpoint), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint on the CPU, running none of its content.

    Raises:
        CheckpointError: the file is missing, cut short, changed on disk, or no checkpoint.
    """
    try:
        with zipfile.ZipFile(path) as archive:  # torch's own reader does not promise to check the sums
            damaged = archive.testzip()
        if damaged:
            raise CheckpointError(f"{path}: damaged ({damaged}); use an older checkpoint")
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except (zipfile.BadZipFile, OSError, RuntimeError, TypeError, EOFError) as error:
        raise CheckpointError(f"{path}: not a whole checkpoint ({error}); use an older one") from None


class TrialCheckpoints:
    """A trial's folder: `last.pt`, `previous.pt` (the one before, should the last be damaged) and `best.pt`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last, self._previous, self._best = (folder / f"{name}.pt" for name in ("last", "previous", "best"))

    def save(self, checkpoint: Checkpoint, *, best: bool) -> None:
        """Make this the last checkpoint, and the best one if it is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        written = self._folder / "next.pt"
        save(checkpoint, written)
        if self._last.exists():
            self._last.replace(self._previous)
        written.replace(self._last)
        if best:
            _same_file(self._last, self._best)

    def load_newest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole, or None; a damaged one is passed over with a warning."""
        for path in (self._last, self._previous):
            try:
                return load(path)
            except CheckpointError as error:
                if path.exists():
                    warnings.warn(str(error), stacklevel=2)
        return None

    def load_best(self) -> Checkpoint:
        """The weights of the best epoch.

        Raises:
            CheckpointError: there are none, or they are damaged.
        """
        return load(self._best)


def _same_file(source: Path, target: Path) -> None:
    """Give a file a second name at no cost; where the file system has no links, a copy."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        os.link(source, beside)
    except OSError:
        shutil.copyfile(source, beside)
    beside.replace(target)
