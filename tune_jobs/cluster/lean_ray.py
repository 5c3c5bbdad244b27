"""A Ray of one machine without the services that only clusters need: half of what its start costs goes into them."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

_MOST_WORKERS_AHEAD = 16  # each imports torch, and a machine of many cores has fewer slots than cores
_PRELOADED = "tune_jobs.workers.preloaded"


def start_workers_ahead() -> None:
    """Have Ray start a worker a core at once, and have each import what trials need; call this before Ray starts."""
    os.environ["RAY_preload_python_modules"] = _PRELOADED  # noqa: SIM112  # as Ray spells it
    if (os.cpu_count() or 1) > _MOST_WORKERS_AHEAD:
        os.environ["RAY_prestart_worker_first_driver"] = "0"  # noqa: SIM112


@contextlib.contextmanager
def lean_services() -> Iterator[None]:
    """Where Ray is started in the block, it starts no autoscaler, no log monitor and no server for a dashboard.

    `ray.init` has no options for that; it builds its parameters and its node from these two names.
    """
    from ray._private import node, parameter

    params, start_api_server = parameter.RayParams, node.Node.start_api_server
    parameter.RayParams = functools.partial(params, no_monitor=True, include_log_monitor=False)
    node.Node.start_api_server = _no_api_server
    try:
        yield
    finally:
        parameter.RayParams, node.Node.start_api_server = params, start_api_server


@contextlib.contextmanager
def no_usage_tags() -> Iterator[None]:
    """Ray counts kinds of callbacks for its usage statistics, which are off, and imports mlflow for that."""
    from ray.air._internal import usage

    tag_callbacks = usage.tag_callbacks
    usage.tag_callbacks = lambda callbacks: False
    try:
        yield
    finally:
        usage.tag_callbacks = tag_callbacks


def _no_api_server(node: Any, **options: Any) -> None:
    node._webui_url = None
