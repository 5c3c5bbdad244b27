"""A network whose training steps torch.compile makes programs of, or runs as they are where it has no compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cnnmodels.errors import CompileError

# Names of torch's exceptions that say so; they are at different places in its versions.
_NO_COMPILER = {"InvalidCxxCompiler", "TritonMissing", "GPUTooOldForTriton"}


class Compiled:
    """Stands for a network in training steps; its weights are the network's own, and so is all of an evaluation.

    Each shape of a batch is compiled when it comes first: forward with the first pass, backward with the first step.
    """

    def __init__(self, network: nn.Module) -> None:
        from torch._dynamo.exc import TorchDynamoException  # a second of imports that other runs do without

        torch.compiler.reset()  # else a process that has compiled eight networks compiles no more, and does not say so
        # As many compilers as the run has threads: others run on the machine, which torch would take all cores of.
        threads: dict[str, Any] = {"compile_threads": torch.get_num_threads()}
        self._network = network
        self._program: Callable[[Tensor], Tensor] = torch.compile(network, dynamic=False, options=threads)
        self._shapes: set[torch.Size] = set()
        self._failure = TorchDynamoException
        self.refusal: str | None = None  # why the network runs as it is, once that is known

    def meets(self, images: Tensor) -> bool:
        """Note that a step had these images; whether it was the first of their shape, which had to be compiled."""
        is_first = images.shape not in self._shapes and self.refusal is None
        self._shapes.add(images.shape)
        return is_first

    def __call__(self, inputs: Tensor) -> Tensor:
        """
        Raises:
            CompileError: torch has a compiler and cannot compile this network.
        """
        if self.refusal is not None:
            return self._network(inputs)  # type: ignore[no-any-return]
        try:
            return self._program(inputs)
        except self._failure as error:
            reason = _first_line(error)
            if not _lacks_compiler(error):
                raise CompileError(
                    f"compile: torch cannot compile this network ({reason}); set compile: false"
                ) from error
            self.refusal = f"compile: torch has no compiler here ({reason}); the network runs as it is"
            return self._network(inputs)  # type: ignore[no-any-return]


def _lacks_compiler(error: BaseException | None) -> bool:
    while error is not None:
        if _NO_COMPILER & {one.__name__ for one in type(error).__mro__}:
            return True
        error = error.__cause__ or error.__context__
    return False


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
