"""One configuration of a sweep that is trained by itself: what was asked, where its files lie, what its record says.

It lies under its sweep (`trainings/NAME/`), and its record has the lines that a trial has in a sweep's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reports.records.errors import DamagedError, NewerError, SweepError
from reports.records.folder import SweepFolder
from reports.records.newer import FORMAT, newer_in_words
from reports.records.plain_files import read_plain
from reports.records.record import Moment, TrialName, iter_events
from reports.records.state import TrialState, fold
from reports.records.stored_config import StoredConfig

On = Literal["train", "train+val"]


class TrainingSpec(BaseModel):
    """What a training is to do, as `training.json` holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TrialName  # of the training; its record calls its one trial so
    format: int = FORMAT
    created: Moment = Field(default_factory=time.time)
    command: str
    trial: TrialName  # of the sweep, whose configuration it trains
    on: On  # the splits that are trained on; with `train+val` nothing is held out
    config: StoredConfig  # its epochs are those that are asked for
    versions: dict[str, str]

    @property
    def epochs(self) -> int:
        """How many it is to have."""
        return int(self.config["epochs"])


@dataclass(frozen=True)
class TrainingFolder:
    """Names of the files of one training."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def sweep(self) -> SweepFolder:
        return SweepFolder(self.path.parent.parent)

    @property
    def spec_path(self) -> Path:
        return self.path / "training.json"

    @property
    def record_path(self) -> Path:
        return self.path / "record.jsonl"

    @property
    def lock_path(self) -> Path:
        return self.path / ".lock"

    @property
    def report_path(self) -> Path:
        return self.path / "report.html"

    def weights_path(self, on: On) -> Path:
        """The weights to use: of the best epoch, or of the last one where nothing was held out to choose by."""
        return self.path / ("best.pt" if on == "train" else "last.pt")

    def spec(self) -> TrainingSpec:
        """What was asked.

        Raises:
            SweepError: the file is damaged, cannot be read, or was written by a newer version.
        """
        try:
            return TrainingSpec.model_validate_json(read_plain(self.spec_path))
        except ValidationError as error:
            first = error.errors()[0]
            reason = ".".join(map(str, first["loc"])) or "it is no JSON of ours"
            if first["type"] == "extra_forbidden":
                raise NewerError(f"{self.spec_path}: written by a newer cnn-tune ({reason}); update cnn-tune") from None
            raise DamagedError(f"{self.spec_path}: cannot be read ({reason}); nothing was changed") from None
        except OSError as error:
            raise DamagedError(f"{self.spec_path}: cannot be read ({error.strerror}); nothing was changed") from None

    def state(self) -> TrialState:
        """What its record says; nothing yet where there is none.

        Raises:
            RecordError: it is damaged in its middle, or cannot be read.
        """
        return fold(iter_events(self.record_path)).trials.get(self.name, TrialState(self.name))

    def refuse_newer(self) -> None:
        """Before it goes on.

        Raises:
            SweepError: a newer version has written to it.
        """
        if said := newer_in_words(self.spec().format):
            raise SweepError(f"{self.spec_path}: {said}; update cnn-tune to go on with this training")


def trainings_of(sweep: SweepFolder) -> list[TrainingFolder]:
    """The trainings of a sweep, by name."""
    found = (TrainingFolder(path.parent) for path in sweep.path.glob("trainings/*/training.json"))
    return sorted((one for one in found if not one.path.is_symlink()), key=lambda one: one.name)


def find_training(sweep: SweepFolder, name: str) -> TrainingFolder:
    """A training of a sweep by its name.

    Raises:
        SweepError: there is no such training.
    """
    known = trainings_of(sweep)
    found = next((one for one in known if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in known) or f"none yet (tune train {sweep.name})"
        raise SweepError(f"--training {name}: {sweep.name} has no such training; there are {names}")
    return found
