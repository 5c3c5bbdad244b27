"""Before the first trial, every node of a cluster checks for itself that it has what a trial needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnmodels.own.code import OwnCode
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from tune_jobs.cluster.cluster import Node, on_node
from tune_jobs.storage.object_storage import ObjectStorage, first_line, is_uri
from tune_jobs.storage.working_copy import uri_of

_ANSWER_SECONDS = 120  # A node may have to unpack the code and to list a large folder.


def check_nodes(nodes: list[Node], folder: SweepFolder, spec: SweepSpec, code: OwnCode | None) -> None:
    """Ask every node that can run a trial, all at once, also whether it finds somebody's own code.

    Raises:
        SweepError: a node does not see the images or the sweep's folder, or lacks cnn-tune; the text names it.
    """
    import ray

    space = spec.space
    splits = {split: count for split, count in spec.data.counts.items() if count}
    sweep = uri_of(folder) or str(folder.path.resolve())
    arguments = (space.data.model_dump(mode="json"), space.task, splits, sweep, code)
    answers = {
        on_node(node.id, missing_on_node, *arguments): node for node in nodes if node.cpus >= space.resources.cpus
    }
    ready, silent = ray.wait(list(answers), num_returns=len(answers), timeout=_ANSWER_SECONDS)
    for answer in silent:
        raise SweepError(f"node {answers[answer].name}: no answer within {_ANSWER_SECONDS} s")
    for answer in ready:
        name = answers[answer].name
        try:
            problem = ray.get(answer)
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None) or error
            if isinstance(cause, ModuleNotFoundError):
                hint = "install cnn-tune there, or ray[default] on all nodes, so that the code travels"
                raise SweepError(f"node {name}: {cause}; {hint}") from None
            raise SweepError(f"node {name}: {str(cause).strip().splitlines()[0]}") from None
        if problem:
            raise SweepError(f"node {name}: {problem}")


def missing_on_node(
    data: dict[str, Any], task: str, counts: dict[str, int], sweep: str, code: OwnCode | None
) -> str | None:
    """What the node that runs this lacks, in one line; None if it lacks nothing."""
    from cnnmodels.data.layouts import open_source
    from cnnmodels.data.spec import DataSpec
    from cnnmodels.errors import ConfigError, DataError
    from cnnmodels.own.code import use_code

    try:
        if not (ObjectStorage(sweep).has("sweep.json") if is_uri(sweep) else (Path(sweep) / "sweep.json").is_file()):
            return f"does not see {sweep}; keep sweeps on a path that every node sees (--storage)"
    except OSError as error:
        return f"cannot reach {sweep}: {first_line(error)}"
    try:
        use_code(code)
    except ConfigError as error:
        return f"{error}; code travels with ray[default] alone"
    if code is not None and (code.as_imported() or code).digest != code.digest:
        return f"{code.in_words}: other code than where the sweep was launched"
    try:
        splits = open_source(DataSpec.model_validate(data), task).splits
    except DataError as error:
        return str(error)
    found = {split: len(samples) for split, samples in splits.items()}
    fewer = {split: count for split, count in counts.items() if found.get(split, 0) < count}
    if fewer:
        split, count = next(iter(fewer.items()))
        return f"{data['path']}: {found.get(split, 0)} {split} images, {count} where the sweep was launched"
    return None
