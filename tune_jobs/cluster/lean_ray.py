"""A Ray of one machine without the services that only clusters need: half of what its start costs goes into them."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_PRELOADED = "tune_jobs.workers.preloaded"
_AGENTS = ("dashboard_agent", "runtime_env_agent")  # by the options of a raylet that say how to start them
_WORKERS = "num_prestart_python_workers"  # the same
_PORTS = (
    "metrics_agent_port",
    "metrics_export_port",
    "dashboard_agent_listen_port",
    "runtime_env_agent_port",
)  # theirs
_NOBODY_LISTENS = "-1"  # what Ray's own agents write for a port that they do not open


def start_workers_ahead() -> None:
    """Have Ray start workers at once, and have each import what trials need; call this before Ray starts.

    They are started with the raylet; Ray would otherwise wait until a driver has joined it.
    """
    os.environ["RAY_preload_python_modules"] = _PRELOADED  # noqa: SIM112  # as Ray spells it
    os.environ["RAY_enable_worker_prestart"] = "1"  # noqa: SIM112


@contextlib.contextmanager
def lean_services(workers: int) -> Iterator[None]:
    """Where Ray is started in the block, it starts no autoscaler, no log monitor, no server for a dashboard, and no
    agents, which serve that dashboard and make environments that our workers do not need; and so many workers at once,
    not one for each core.

    `ray.init` has no options for that; it builds its parameters, its node and its raylet from these three names.
    """
    from ray._private import node, parameter, services

    params, start_api_server, start = parameter.RayParams, node.Node.start_api_server, services.start_ray_process
    parameter.RayParams = functools.partial(params, no_monitor=True, include_log_monitor=False)
    node.Node.start_api_server = _no_api_server
    services.start_ray_process = functools.partial(_lean, start, workers)
    try:
        yield
    finally:
        parameter.RayParams, node.Node.start_api_server = params, start_api_server
        services.start_ray_process = start


def has_no_agents(node: Any) -> bool:
    """Whether a node of Ray's was started in such a block."""
    return str(node.runtime_env_agent_port) == _NOBODY_LISTENS


@contextlib.contextmanager
def environment_of_this_process() -> Iterator[None]:
    """In the block, Ray Tune starts trials in workers as they are; they have this process's environment, if it started
    their Ray. It would otherwise hand them some variables in a runtime environment, for which workers that were started
    ahead are of no use, and the agent would be needed that makes it.
    """
    from ray.tune.execution import class_cache

    always, propagated = class_cache.DEFAULT_ENV_VARS, class_cache.ENV_VARS_TO_PROPAGATE
    class_cache.DEFAULT_ENV_VARS, class_cache.ENV_VARS_TO_PROPAGATE = {}, set()
    try:
        yield
    finally:
        class_cache.DEFAULT_ENV_VARS, class_cache.ENV_VARS_TO_PROPAGATE = always, propagated


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


def _lean(start: Callable[..., Any], workers: int, command: list[str], kind: str, **options: Any) -> Any:
    """What starts one of Ray's processes, by the words of its command; a raylet gets stand-ins for its agents."""
    said = dict(word.removeprefix("--").split("=", 1) for word in command if word.startswith("--") and "=" in word)
    if all(f"{agent}_command" in said for agent in _AGENTS):
        stand_in = subprocess.list2cmdline([sys.executable, "-I", "-S", str(Path(__file__).with_name("no_agent.py"))])
        ours = {f"{agent}_command": stand_in for agent in _AGENTS} | {_WORKERS: str(workers)}
        instead = {f"--{name}={said[name]}": f"--{name}={value}" for name, value in ours.items()}
        command = [instead.get(word, word) for word in command]
        for port in _PORTS:
            (Path(said["session_dir"]) / f"{port}_{said['node_id']}").write_text(_NOBODY_LISTENS)
    return start(command, kind, **options)
