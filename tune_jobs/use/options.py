"""What can be asked of a winner at work. Imports nothing, so that the command line is quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TILES = ("auto", "own")
SPLITS = ("test", "val")
ON = ("train", "train+val")


@dataclass(frozen=True)
class PredictOptions:
    """Which networks are asked, how, and where the answers go."""

    out: Path | None = None  # None: predictions/NAME where the command runs
    trial: str | None = None  # None: the winner
    tile: str | None = None  # one of TILES; None: each photo is scaled as a whole
    ensemble: bool = False  # all trials whose weights were kept, averaged
    tta: bool = False  # mirror images as well, averaged
    training: str | None = None  # the network of a training, by its name


@dataclass(frozen=True)
class EvaluateOptions:
    """What is measured, and where the pages go."""

    split: str | None = None  # one of SPLITS; None: test where there is one, else val; of other images all of them
    data: Path | None = None  # None: the sweep's own images
    trial: str | None = None  # None: the winner
    out: Path | None = None  # None: evaluation/ in the folder of the sweep, or of the training
    training: str | None = None  # the network of a training, by its name


@dataclass(frozen=True)
class TrainOptions:
    """What is trained, for how long, and on which images."""

    trial: str | None = None  # None: the winner
    epochs: int | None = None  # None: as many as were asked for before, else twice those of the trial
    on: str = "train"  # one of ON
    seed: int | None = None  # None: that of the trial
    data: Path | None = None  # the folder that the sweep's images have moved to


@dataclass(frozen=True)
class ExportOptions:
    """Which network leaves, and where it goes."""

    out: Path | None = None  # None: exports/NAME, or exports/NAME.html, where the command runs
    trial: str | None = None  # None: the winner
    html: bool = False  # one page that runs it, instead of a folder
    training: str | None = None  # the network of a training, by its name
    runtime: Path | None = None  # of the page: the npm package of ONNX Runtime Web; None: fetched once
