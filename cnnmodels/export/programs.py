"""A network as a torch program and as ONNX, both compared with the network before anybody gets them."""

from __future__ import annotations

import io
import itertools
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram

from cnnmodels.errors import ExportError
from cnnmodels.export.exportable import AnsweringNetwork, exportable

OPSET = 18  # of ONNX; torch writes it without a conversion, and every runtime since 2023 reads it
INPUT = "images"
TOLERANCE = 1e-3  # of a probability or a colour in 0 to 1
_TRACED = (99, 147)  # odd, and large enough that no layer has a side of 1, which torch would take for a constant
_SHORTEST, _LONGEST = 16, 16384  # sides in pixels that a program of any size takes
Size = tuple[int, int]  # height, width in pixels


@dataclass(frozen=True)
class Programs:
    """The two files, and what they take."""

    torch: bytes  # torch.export.load reads it
    onnx: bytes
    any_size: bool  # whether images may have other sizes than that of training
    channels: int  # of an answer
    difference: float  # the largest of an answer from the network's own, of both


def export_programs(network: AnsweringNetwork, size: Size, output: str) -> Programs:
    """Programs for any number of images of any size; where the network allows no other, of the size of training.

    Args:
        network: on the CPU.
        size: of training.
        output: name of what comes out.

    Raises:
        ExportError: they answer otherwise than the network, or torch cannot export it at all.
    """
    with _quietly():
        try:
            return _export(network, size, output, any_size=True)
        except Exception:  # torch's exporters raise whatever their inner parts do; a fixed size asks less of them
            return _of_one_size(network, size, output)


def _of_one_size(network: AnsweringNetwork, size: Size, output: str) -> Programs:
    try:
        return _export(network, size, output, any_size=False)
    except ExportError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).partition("\n")[0]
        raise ExportError(f"torch {torch.__version__} cannot export this network: {reason}") from error


def _export(network: AnsweringNetwork, size: Size, output: str, *, any_size: bool) -> Programs:
    program = _traced(network, size, any_size=any_size)
    in_torch, in_onnx = _saved(program), _as_onnx(program, output, any_size=any_size)
    sizes = [size, (size[0] + 13, size[1] + 6)] if any_size else [size]
    with torch.inference_mode():
        channels = network(torch.zeros(2, 3, *size)).shape[1]
    difference = max(_differences(network, in_torch, in_onnx, sizes))
    if not difference <= TOLERANCE:
        raise ExportError(f"the exported network answers otherwise than the trained one, by up to {difference:z.4f}")
    return Programs(in_torch, in_onnx, any_size, channels, difference)


def _traced(network: AnsweringNetwork, size: Size, *, any_size: bool) -> ExportedProgram:
    sizes = import_module("torch.fx.experimental._config")  # torch has no public name for it
    shape: dict[int, Dim] = {0: Dim("batch")}
    if any_size:
        sides = [Dim(name, min=min(_SHORTEST, *size), max=_LONGEST) for name in ("height", "width")]
        shape |= {2: sides[0], 3: sides[1]}
    images = torch.zeros(2, 3, *(_TRACED if any_size else size))
    with torch.no_grad(), sizes.patch(backed_size_oblivious=True):  # else it settles what a side of 1 would change
        program = torch.export.export(
            exportable(network),
            (images,),
            dynamic_shapes=(shape,),
            strict=False,
            prefer_deferred_runtime_asserts_over_guards=True,
        )
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    program.example_inputs = None
    return program


def _saved(program: ExportedProgram) -> bytes:
    file = io.BytesIO()
    torch.export.save(program, file)
    return file.getvalue()


def _as_onnx(program: ExportedProgram, output: str, *, any_size: bool) -> bytes:
    converted = torch.onnx.export(
        program, opset_version=OPSET, dynamo=True, verbose=False, input_names=[INPUT], output_names=[output]
    )
    assert converted is not None
    model = converted.model_proto
    names = {0: "batch", 2: "height", 3: "width"} if any_size else {0: "batch"}
    for value in (*model.graph.input, *model.graph.output):
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if dimension.dim_param and axis in names:
                dimension.dim_param = names[axis]
    del model.graph.value_info[:]  # they speak of sizes by torch's own names
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]  # where in which file of this machine it comes from
    content: bytes = model.SerializeToString()
    return content


def _differences(network: AnsweringNetwork, in_torch: bytes, in_onnx: bytes, sizes: list[Size]) -> Iterator[float]:
    """The largest difference from the network's answers for each program, size and number of images."""
    program = torch.export.load(io.BytesIO(in_torch)).module()
    model = _onnx_session(in_onnx)
    generator = torch.Generator().manual_seed(0)
    for count, (height, width) in itertools.product((1, 3), sizes):
        images = torch.randn(count, 3, height, width, generator=generator)
        with torch.inference_mode():
            wanted = network(images)
            for found in (program(images), model(images)):
                yield float((found - wanted).abs().max())


def _onnx_session(content: bytes) -> Callable[[Tensor], Tensor]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(None, {INPUT: images.numpy()})[0])


@contextmanager
def _quietly() -> Iterator[None]:
    """Without torch's remarks about its own insides."""
    loggers = [logging.getLogger(name) for name in ("torch", "torch.export", "torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
