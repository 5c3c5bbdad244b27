"""A trained network in a shape that torch.export and ONNX take, for images of any size. Its answers stay the same."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.inference.predictor import task_without_images
from cnnmodels.networks.blocks import PadToMultiple
from cnnmodels.predict import load_network
from cnnmodels.tasks import Task


class AnsweringNetwork(nn.Module):
    """Normalised images [batch, 3, height, width] to answers: the probability of each class, or RGB in 0 to 1."""

    def __init__(self, network: nn.Module, task: Task) -> None:
        super().__init__()
        self.network = network
        self.task = task

    def forward(self, images: Tensor) -> Tensor:
        return self.task.answers(self.network(images))


def answering_network(checkpoint: Checkpoint, classes: tuple[str, ...]) -> AnsweringNetwork:
    """The trained network of a checkpoint with what its logits mean, on the CPU.

    Raises:
        ConfigError, CheckpointError: as `load_network`.
    """
    task = task_without_images(parse(checkpoint.config), classes, torch.device("cpu"))
    return AnsweringNetwork(load_network(checkpoint), task).eval()


def exportable(network: AnsweringNetwork) -> AnsweringNetwork:
    """A copy whose layers do not ask how large an image is in ways that an exported program cannot."""
    copied = copy.deepcopy(network)
    for module in copied.modules():
        if type(module) in _IN_OTHER_WORDS:
            module.__class__ = _IN_OTHER_WORDS[type(module)]
    return copied


def _cropped(features: Tensor, height: int, width: int) -> Tensor:
    """The upper left part. By index: whether a slice cuts anything off is asked of each size anew, and takes torch's
    solver minutes."""
    rows, columns = (torch.arange(length, device=features.device) for length in (height, width))
    return features.index_select(2, rows).index_select(3, columns)


class _CroppedTranspose(nn.ConvTranspose2d):
    """To a size by cutting off, since ONNX knows no `output_padding` that depends on the image."""

    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is None:
            return super().forward(features)
        assert isinstance(self.padding, tuple)
        most = [stride - 1 for stride in self.stride]
        scaled = functional.conv_transpose2d(
            features, self.weight, self.bias, self.stride, self.padding, most, self.groups, self.dilation
        )
        return _cropped(scaled, output_size[-2], output_size[-1])


class _ScatterUnpool(nn.MaxUnpool2d):
    """By a scatter, since ONNX counts the places of a pooling's values over the whole batch, not in each image."""

    def forward(self, features: Tensor, indices: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is None:
            return super().forward(features, indices)
        height, width = output_size[-2:]
        batch, channels = features.shape[:2]
        empty = features.new_zeros(batch, channels, height * width)
        return empty.scatter(2, indices.flatten(2), features.flatten(2)).view(batch, channels, height, width)


class _IndexedPad(PadToMultiple):
    """By index, whether or not there is anything to pad."""

    def forward(self, images: Tensor) -> Tensor:
        for axis in (2, 3):
            length = images.shape[axis]
            whole = (length + self.multiple - 1) // self.multiple * self.multiple
            places = torch.arange(whole, device=images.device).clamp(max=length - 1)
            images = images.index_select(axis, places)
        return images


_IN_OTHER_WORDS: dict[type[nn.Module], type[nn.Module]] = {
    nn.ConvTranspose2d: _CroppedTranspose,
    nn.MaxUnpool2d: _ScatterUnpool,
    PadToMultiple: _IndexedPad,
}
