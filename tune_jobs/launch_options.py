"""What a launch may be told, written once: for the Python API, for the command, and for a command that is sent on.

Knows neither the search space nor the command line's library; a test parses `words` with the real command.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cnnmodels.places import expanded

_SETS = {  # options that stand for a value of the search space: `--trials 40` is `--set budget.trials=40`
    "data": "data.path",
    "preset": "budget.preset",
    "trials": "budget.trials",
    "time_limit": "budget.time_limit",
    "weights": "fixed.backbone",
    "skip_broken": "data.skip_broken",
}


@dataclass(frozen=True)
class LaunchOptions:
    """A launch, as it was asked for. A field's word is its name with dashes; that of `overrides` is `--set`."""

    space: str | Path  # a packaged space, or the path of a person's own YAML file
    data: Path | None = None
    name: str | None = None
    preset: str | None = None  # quick, standard, thorough
    trials: int | None = None
    time_limit: str | float | None = None
    seed: int = 0
    overrides: tuple[str, ...] = ()  # key=value each
    constraint: tuple[str, ...] = ()  # each as a space file has it, instead of those of the file
    weights: Path | None = None
    skip_broken: bool = False
    log: tuple[str, ...] = ()
    confirm: bool = False  # whether the winner is confirmed behind the sweep
    storage: str = "sweeps"
    address: str | None = None
    warm_start: tuple[str, ...] = ()  # names of earlier sweeps, which are learnt from
    wait_for_nodes: str | float | None = None  # so long where no node of the cluster has room for a trial

    def all_overrides(self) -> list[str]:
        """What changes the space, as `--set` takes it; an option counts more than an override of the same value."""
        given = [(key, getattr(self, name)) for name, key in _SETS.items()]
        constraints = [override("constraints", list(self.constraint))] if self.constraint else []
        return [
            *self.overrides,
            *constraints,
            *(f"{key}={_as_yaml(value)}" for key, value in given if _is_given(value)),
        ]

    def words(self) -> list[str]:
        """The command that asks for the same, without its name."""
        words = ["launch", str(self.space)]
        for field in fields(self)[1:]:
            option = "--set" if field.name == "overrides" else f"--{field.name.replace('_', '-')}"
            words += words_of(option, getattr(self, field.name))
        return words

    @property
    def own_file(self) -> Path | None:
        """The space's file, if it is a person's own."""
        return expanded(self.space) if Path(self.space).suffix.lower() in {".yaml", ".yml"} else None


@dataclass(frozen=True)
class ResumeOptions:
    """A resume, as it was asked for; a field's word is its name."""

    trials: int | None = None
    time_limit: str | None = None
    space: str | Path | None = None
    widen: tuple[str, ...] = ()
    epochs: int | None = None
    best: int = 3
    data: Path | None = None

    def words(self) -> list[str]:
        """The options of the command that asks for the same."""
        given = [(f"--{field.name.replace('_', '-')}", getattr(self, field.name)) for field in fields(self)]
        return [word for option, value in given for word in words_of(option, value)]


def words_of(option: str, value: Any) -> list[str]:
    """One option on the command line: nothing, a switch, or the option with each of its values."""
    if not _is_given(value):
        return []
    if value is True:
        return [option]
    values = value if isinstance(value, tuple) else (value,)
    return [word for one in values for word in (option, str(one))]


def override(key: str, value: Any) -> str:
    """A value of Python's as a `--set` override."""
    return f"{key}={json.dumps(value, ensure_ascii=False, default=str)}"


def _is_given(value: Any) -> bool:
    return value is not None and value is not False  # 0 is a value


def _as_yaml(value: Any) -> str:
    if isinstance(value, Path):
        return json.dumps(str(expanded(value).resolve()), ensure_ascii=False)  # any text is YAML then
    return str(value).lower() if isinstance(value, bool) else str(value)
