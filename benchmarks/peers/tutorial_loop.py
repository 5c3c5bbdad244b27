"""An epoch as tutorials write it: a Dataset that opens files, a DataLoader with workers, float32.

    python -m benchmarks.peers.tutorial_loop SPACE FOLDER THREADS EPOCHS

Prints JSON: the seconds of the fastest epoch behind the first. `benchmarks/epoch.py` writes the folder.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import functional as transforms

from cnnmodels.data.image_data import VOID
from cnnmodels.networks import build
from search_spaces.loading import load

_MEAN, _DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # of ImageNet, as every tutorial has them


class Photos(Dataset[Any]):
    """`images/`, and `masks/` or a class number at the beginning of each name."""

    def __init__(self, folder: Path, task: str) -> None:
        self.paths, self.task = sorted((folder / "images").iterdir()), task

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> tuple[Tensor, Any]:
        path = self.paths[number]
        image = transforms.to_tensor(Image.open(path).convert("RGB"))
        flipped = random.random() < 0.5
        image = transforms.hflip(image) if flipped else image
        if self.task == "colorization":
            return transforms.rgb_to_grayscale(image, 3) * 2 - 1, image * 2 - 1
        image = transforms.normalize(image, _MEAN, _DEVIATION)
        if self.task == "classification":
            return image, int(path.name.partition("-")[0])
        mask = torch.from_numpy(np.array(Image.open(path.parents[1] / "masks" / path.name))).long()
        return image, transforms.hflip(mask) if flipped else mask


def main(space_name: str, folder: Path, threads: int, epochs: int) -> float:
    torch.set_num_threads(threads)
    space = load(space_name)
    config = space.trial_config(space.default(), 0)
    photos = Photos(folder, space.task)
    outputs = json.loads((folder / "outputs.json").read_text())
    network = build(config, outputs)
    loader = DataLoader(photos, batch_size=config.batch_size, shuffle=True, num_workers=threads, drop_last=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.lr)
    loss_of = nn.MSELoss() if space.task == "colorization" else nn.CrossEntropyLoss(ignore_index=VOID)
    best = float("inf")
    for epoch in range(epochs):
        began = time.perf_counter()
        running = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            logits = network(inputs)
            loss = loss_of(logits.tanh() if space.task == "colorization" else logits, targets)
            loss.backward()
            optimizer.step()
            running += loss.item()
        if epoch:
            best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
