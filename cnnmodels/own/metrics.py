"""Metrics of somebody's own as a space file names them: imported, with the direction that each says is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cnnmodels.config import complaint
from cnnmodels.errors import ConfigError
from cnnmodels.metric_table import OwnMetric
from cnnmodels.own.importing import imported, own_object

GROUP = "cnn_tune.metrics"  # of entry points
_FORM = "write {val_boundary_f1: mypackage.metrics:BoundaryF1}"


def read_metrics(given: object, folders: Iterable[Path] = ()) -> tuple[OwnMetric, ...]:
    """The metrics that a space file names, imported.

    Args:
        given: by name, the module and object of each, or that as `of` beside a `mode`.
        folders: where modules are looked for first.

    Raises:
        ConfigError: one cannot be imported, is none, or says not which direction is better; the text begins with its
            name.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"expected names with what measures them, got {given!r}; {_FORM}")
    places = list(folders)
    return tuple(_metric(str(name), one, places) for name, one in given.items())


def _metric(name: str, given: Any, folders: list[Path]) -> OwnMetric:
    written = dict(given) if isinstance(given, Mapping) else {"of": given}
    try:
        target = own_object(written.get("of"), GROUP, folders)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error.__cause__
    higher = getattr(imported(target, folders), "higher_is_better", None)  # as torchmetrics has it
    mode = written.get("mode") or (None if higher is None else "max" if higher else "min")
    if mode is None:
        raise ConfigError(
            f"{name}: {target} has no `higher_is_better`, so say it here: {{of: {written['of']}, mode: max}}"
        )
    try:
        return OwnMetric.model_validate({**written, "name": name, "of": target, "mode": mode})
    except ValidationError as error:
        raise ConfigError(f"{name}: {complaint(error).removeprefix('name: ')}") from None
