"""The files of an exported network, in memory. Writes none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.export.exportable import answering_network
from cnnmodels.export.preprocessing import Color, output_of, preprocessing
from cnnmodels.export.programs import Programs, Size, export_programs
from cnnmodels.export.scripts import predict_scripts


@dataclass(frozen=True)
class ExportedNetwork:
    """What other programs get."""

    files: Mapping[str, bytes]  # by their names
    programs: Programs


def exported(
    checkpoint: Checkpoint, size: Size, classes: tuple[str, ...], colors: tuple[Color, ...]
) -> ExportedNetwork:
    """Weights, programs, what to know, and scripts.

    Args:
        checkpoint: of the network.
        size: of training.
        classes: their names; none for a colorization.
        colors: RGB of each class.

    Raises:
        ConfigError, CheckpointError: as `load_network`.
        ExportError: as `export_programs`.
    """
    from safetensors.torch import save

    config = parse(checkpoint.config)
    network = answering_network(checkpoint, classes)
    programs = export_programs(network, size, output_of(config.task))
    weights = {name: value.contiguous() for name, value in network.network.state_dict().items()}
    how = preprocessing(config, size, classes, colors, channels=programs.channels, any_size=programs.any_size)
    scripts = {name: text.encode() for name, text in predict_scripts(config.task).items()}
    files = {
        "weights.safetensors": save(weights, {"model": config.model, "config": config.model_dump_json()}),
        "model.pt2": programs.torch,
        "model.onnx": programs.onnx,
        "preprocessing.json": (json.dumps(how, indent=2, ensure_ascii=False) + "\n").encode(),
        **scripts,
    }
    return ExportedNetwork(files, programs)
