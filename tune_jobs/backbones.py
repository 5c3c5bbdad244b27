"""Where a transfer network's trunk comes from, settled before any trial: `sweep:NAME` becomes a file, and every choice
is tried once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from cnnmodels.places import expanded
from reports.records.errors import SweepError
from reports.records.folder import find_sweep
from search_spaces.schema import SearchSpace
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.working_copy import storage_errors

_FROM_SWEEP = "sweep:"


class Resolved(NamedTuple):
    """A space whose backbone is a file, or a name that torchvision knows."""

    space: SearchSpace
    from_sweep: bool  # whether a `sweep:NAME` became a file of this machine


def with_backbone(space: SearchSpace, storage: Path) -> Resolved:
    """The same space with its backbone resolved and checked; spaces of other networks are returned as they are.

    Raises:
        UserError: the weights are missing, or of another network.
    """
    if space.model != "transfer":
        return Resolved(space, from_sweep=False)
    from cnnmodels.backbone import load_backbone
    from cnnmodels.networks import build
    from search_spaces.loading import check

    document = space.as_written()
    for part in (document["fixed"], document["search"].get("backbone", {})):
        for key in ("backbone", "default"):
            if isinstance(part.get(key), str):
                part[key] = _resolved(part[key], storage)
        if "choice" in part:
            part["choice"] = [_resolved(one, storage) for one in part["choice"]]
    resolved = check({key: value for key, value in document.items() if key != "name"}, space.name, f"{space.name}.yaml")
    for values in _backbones(resolved):
        config = resolved.trial_config({**resolved.default(), **values}, seed=0)
        load_backbone(build(config, outputs=2), config)
    return Resolved(resolved, from_sweep=any(str(one).startswith(_FROM_SWEEP) for one in _named(space)))


def _named(space: SearchSpace) -> list[Any]:
    """Every backbone that a space may use, as it was written."""
    searched = space.search.get("backbone")
    return list(searched.values() or []) if searched else [space.fixed.get("backbone")]


def _backbones(space: SearchSpace) -> list[dict[str, Any]]:
    searched = space.search.get("backbone")
    return [{"backbone": one} for one in searched.values() or []] if searched else [{}]


def _resolved(backbone: str, storage: Path) -> str:
    if not backbone.startswith(_FROM_SWEEP):
        return str(expanded(backbone).resolve()) if Path(backbone).suffix in {".pt", ".pth"} else backbone
    folder = find_sweep(storage, backbone.removeprefix(_FROM_SWEEP))
    objective = folder.spec().space.objective
    if folder.spec().space.model != "resnet18":
        raise SweepError(f"backbone: {backbone} searched a {folder.spec().space.model}, not a resnet18")
    with storage_errors(str(storage)):
        SweepCheckpoints(folder).fetch_best()
    ranked = folder.state().ranked(objective.metric, objective.mode)
    best = next((trial for trial in ranked if (folder.trial_path(trial.trial) / "best.pt").is_file()), None)
    if best is None:
        raise SweepError(f"backbone: {backbone} has kept no weights")
    return str((folder.trial_path(best.trial) / "best.pt").resolve())
