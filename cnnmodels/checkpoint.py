"""Checkpoints: a training run's state on disk, whole or not at all. Knows files, not training."""

from __future__ import annotations

import os
import pickle
import shutil
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from cnnmodels.errors import CheckpointError

Ended = Literal["completed", "stopped_early", "diverged"]
# What the readers of zip files and of pickles were seen to raise over files with flipped bits and missing ends.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    pickle.UnpicklingError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next epoch depends on, and what the last one gave. Holds tensors that training goes on with:
    save it before the next epoch."""

    config: dict[str, Any]  # a TrialConfig
    outputs: int  # channels of the network's output
    epoch: int  # epochs trained
    network: dict[str, Any]  # the weights that training goes on with
    optimizer: dict[str, Any]
    best: float | None  # best objective so far
    epochs_since_best: int
    history: list[dict[str, float]]  # metrics of every epoch so far
    ended: Ended | None
    average: dict[str, Any] | None = None  # a WeightAverage beside the network
    averaged: dict[str, Any] | None = None  # weights of that average, where the last metrics are theirs

    @property
    def weights(self) -> dict[str, Any]:
        """What to predict with: the weights that the last metrics are of."""
        return self.network if self.averaged is None else self.averaged

    def fill(self, network: nn.Module) -> None:
        """Give a network the weights that training goes on with.

        Raises:
            CheckpointError: the weights are of another network.
        """
        self._fill(network, self.network)

    def fill_to_predict(self, network: nn.Module) -> None:
        """Give a network the weights that the metrics are of.

        Raises:
            CheckpointError: the weights are of another network.
        """
        self._fill(network, self.weights)

    def _fill(self, network: nn.Module, weights: dict[str, Any]) -> None:
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            difference = str(error).splitlines()[-1].strip()
            raise CheckpointError(
                f"checkpoint of epoch {self.epoch}: the weights are of another network ({difference}); "
                "use it with the configuration it was saved with"
            ) from None


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write beside, sync, rename: at every instant the path holds a whole checkpoint or none.

    The file is its owner's alone. One process at a time: what a killed one left half-written is written over.
    """
    beside = _beside(path)
    with open(beside, "wb", opener=_open_private) as file:
        torch.save(vars(checkpoint), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync_folder(path.parent)


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
        content = torch.load(path, map_location="cpu", weights_only=True)
        content.pop("schedule", None)  # it was kept before the rate was a function of the step
        return Checkpoint(**content)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except UNREADABLE as error:
        raise CheckpointError(f"{path}: not a whole checkpoint ({reason_of(error)}); use an older one") from None


def reason_of(error: Exception) -> str:
    """Why a file of weights was refused, in a line; torch's own would tell people to run the code in it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, pickle.UnpicklingError | KeyError):  # the latter where text is read as a pickle
        return "it holds something else than tensors"
    if isinstance(error, EOFError):
        return "it is empty or cut short"
    return str(error).partition("\n")[0] or type(error).__name__


class TrialCheckpoints:
    """A trial's folder: `last.pt`, `previous.pt` (the one before, should the last be damaged) and `best.pt`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last, self._previous, self._best = (folder / f"{name}.pt" for name in ("last", "previous", "best"))

    def save(self, checkpoint: Checkpoint, *, best: bool) -> None:
        """Make this the last checkpoint, and the best one if it is.

        The best comes first: cut off in between, a trial trains that epoch again; the other way round it would go on
        from an epoch that it believes to be its best, without the weights of that epoch.
        """
        self._folder.mkdir(exist_ok=True)
        written = self._folder / "next.pt"
        save(checkpoint, written)
        _beside(self._best).unlink(missing_ok=True)  # left by a process that was killed
        if best:
            _same_file(written, self._best)
        if self._last.exists():
            self._last.replace(self._previous)
        written.replace(self._last)
        _sync_folder(self._folder)

    def load_newest(self, damaged: Callable[[str], object] = warnings.warn) -> Checkpoint | None:
        """The newest checkpoint that is whole, or None; `damaged` is told of those that are passed over."""
        for path in (self._last, self._previous):
            try:
                return load(path)
            except CheckpointError as error:
                if path.exists():
                    damaged(str(error))
        return None

    def load_best(self) -> Checkpoint:
        """The weights of the best epoch.

        Raises:
            CheckpointError: there are none, or they are damaged.
        """
        return load(self._best)


def _same_file(source: Path, target: Path) -> None:
    """Give a file a second name at no cost; where the file system has no links, a copy."""
    beside = _beside(target)
    try:
        os.link(source, beside)
    except OSError:
        with source.open("rb") as original, open(beside, "wb", opener=_open_private) as copy:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
    beside.replace(target)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _sync_folder(folder: Path) -> None:
    """Renames reach the device with their folder, not with their files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
