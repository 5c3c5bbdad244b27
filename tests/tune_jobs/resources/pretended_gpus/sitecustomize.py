"""For processes of a test on a machine without a GPU: as many as PRETENDED_GPUS says, of 24 GB, of which the largest
trial takes 9. Trials train on the CPU; which GPUs they were given, and how much of them, goes into PRETENDED_LOG; those
named in PRETENDED_HUNGRY run out of memory: `0001:1.0` does so with its whole GPU, `0002:0.5` with half of one.
"""

import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path
from types import SimpleNamespace

GPUS = int(os.environ["PRETENDED_GPUS"])
HUNGRY = dict(one.split(":") for one in os.environ["PRETENDED_HUNGRY"].split())


def pretend(module):
    if module.__name__ == "torch.cuda":
        module.device_count, module.is_available = lambda: GPUS, lambda: sys.argv[0] == "-c"  # as they are counted
        module.get_device_properties = lambda number: SimpleNamespace(uuid=f"GPU-{number}")
    elif module.__name__ == "tune_jobs.resources.gpu_share":
        module._peak_bytes = lambda config, size, classes, code: (9 * 10**9, 24 * 10**9)
    elif module.__name__ == "tune_jobs.workers.trainable":
        module._train = _training(module)
    else:
        module.NvidiaGPUAcceleratorManager.get_current_node_num_accelerators = staticmethod(lambda: GPUS)


def _training(trainable):
    train = trainable._train

    def training(trial, values, context, gpus, gpu_numbers):
        import torch

        trainable._device, trainable.refuse_broken_gpu = lambda gpus, gpu_numbers: "cpu", lambda: None
        with Path(os.environ["PRETENDED_LOG"]).open("a") as log:
            print(trial, gpus, *gpu_numbers, os.environ.get("CUDA_VISIBLE_DEVICES", "all"), file=log)
        if gpus <= float(HUNGRY.get(trial, 0)):
            raise torch.OutOfMemoryError("CUDA out of memory")
        yield from train(trial, values, context, gpus, gpu_numbers)

    return training


class _Pretending(importlib.abc.MetaPathFinder):
    """Changes modules right after they were imported."""

    names = (
        "torch.cuda",
        "tune_jobs.resources.gpu_share",
        "tune_jobs.workers.trainable",
        "ray._private.accelerators.nvidia_gpu",
    )

    def find_spec(self, name, path, target=None):
        if name not in self.names:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        execute = spec.loader.exec_module

        def executed(module):
            execute(module)
            pretend(module)

        spec.loader.exec_module = executed
        return spec


sys.meta_path.insert(0, _Pretending())
