"""The Ray that a sweep runs on: either one of its own on this machine, or a cluster that is running already."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.records.errors import SweepError
from tune_jobs.cluster.gpus import gpu_resource, usable_gpus
from tune_jobs.cluster.head_watch import HeadWatch
from tune_jobs.cluster.lean_ray import lean_services, start_workers_ahead

_SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",  # The new output engine prints whatever the verbosity is.
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # A trial without a GPU sees none.
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # The sweep's own handler ends it in order.
    "TUNE_GLOBAL_CHECKPOINT_S": "inf",  # One snapshot of Ray's is enough: nothing reads them, and their disk may fill.
    "TUNE_MAX_PENDING_TRIALS_PG": "1000",  # We say how many trials run at once, in resources/slot_allocator.py.
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_RESULT_BUFFER_LENGTH": "1",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
}
_ON_ONE_MACHINE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # Ray then binds every port to loopback.
_KEEP_GPU_NUMBERS = {  # Ray would number a trial's GPUs anew, but resources/fair_share.py chooses them by number.
    "RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1",
    "RAY_EXPERIMENTAL_NOSET_HIP_VISIBLE_DEVICES": "1",
}
_OBJECT_STORE_BYTES = 100_000_000  # Reports are small, and images are mapped from disk and never sent.
_ANSWER_SECONDS = 10  # A cluster's port must answer within this time.
_PACKAGES = ("cnnmodels", "reports", "search_spaces", "tune_jobs")


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    id: str
    name: str
    cpus: float
    gpus: float


class Cluster:
    """What runs trials.

    Where `local`, it is a Ray of this sweep's own, of which other sweeps on this machine do not know, and `gpu_names`
    are this machine's GPUs. On a shared cluster, `head` watches whether its head still answers.
    """

    def __init__(self, *, local: bool, gpu_names: Sequence[str] = (), head: HeadWatch | None = None) -> None:
        self.local, self.gpu_names, self._head = local, gpu_names, head

    def trouble(self) -> str | None:
        """Why the cluster is taken to be lost, in words; None while it answers."""
        return self._head.trouble if self._head else None

    def set_exit_message(self, text: str) -> None:
        """Set what is printed if the cluster is lost and this process has to be ended."""
        if self._head:
            self._head.exit_message = text

    def nodes(self) -> list[Node]:
        """The nodes that are alive now."""
        import ray

        return [
            Node(
                node["NodeID"],
                node["NodeManagerHostname"],
                node["Resources"].get("CPU", 0.0),
                node["Resources"].get("GPU", 0.0),
            )
            for node in ray.nodes()
            if node["Alive"]
        ]


@contextlib.contextmanager
def connect(address: str | None = None) -> Iterator[Cluster]:
    """A cluster to run on while the block runs.

    Without an address it is a Ray of our own, on loopback, or the one that this process has already; every file that
    it writes is readable by this user alone. With an address (`auto`, or `host:port`) it is a cluster that is running.

    Raises:
        SweepError: no cluster answers at the address, or it does not let us in.
    """
    prepare(address)
    import ray

    ours = not ray.is_initialized()
    gpu_names = usable_gpus() if ours and address is None else []
    if ours:
        _start(address, gpu_names)
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.tune.tune").setLevel(logging.CRITICAL)  # It lists failed trials by names of its own.
    head = HeadWatch(ray.get_runtime_context().gcs_address) if address else None
    try:
        yield Cluster(local=address is None, gpu_names=gpu_names, head=head)
    finally:
        if ours:
            ray.shutdown()
        if head:
            head.close()


def prepare(address: str | None) -> None:
    """Set what Ray reads from the environment when it is imported; call this before that.

    Raises:
        SweepError: nothing answers at the address, or the cluster would let anybody in.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.umask(0o077)
    refuse_open_cluster()
    if address is None:
        for name, value in _ON_ONE_MACHINE.items():
            os.environ.setdefault(name, value)
        os.environ.update(_KEEP_GPU_NUMBERS)
        start_workers_ahead()
        return
    _check_answers(address)
    if _is_on_loopback(address):
        os.environ.update(_ON_ONE_MACHINE)  # Ray would otherwise look for it at this machine's outer address.


def _start(address: str | None, gpu_names: Sequence[str]) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        try:
            # Without "local", Ray would join whatever cluster was started last on this machine.
            with lean_services():
                ray.init(
                    address="local",
                    include_dashboard=False,
                    object_store_memory=_OBJECT_STORE_BYTES,
                    num_gpus=len(gpu_names),
                    resources={gpu_resource(number): 1.0 for number in range(len(gpu_names))},
                    **quiet,
                )
        except Exception as error:  # Ray raises a plain one where the machine is too busy to start it in time.
            ray.shutdown()
            raise SweepError(
                f"Ray did not start on this machine: {_first_line(error)} Try again when it is less busy"
            ) from None
        return
    try:
        in_a_job = "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ  # A job has brought the code already.
        if in_a_job:
            os.chdir("/")  # Ray may delete a job's working directory while it runs; our paths are absolute.
        ray.init(address=address, runtime_env=None if in_a_job else travelling_code(), **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:  # Ray has no narrower ones.
        raise SweepError(f"--address {address}: {_first_line(error)} (ray start --head starts a cluster)") from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def travelling_code() -> dict[str, Any] | None:
    """Our packages, which are sent along so that nodes run the driver's code; None where Ray cannot send any.

    Only `ray[default]` has the agent that unpacks code on a node; with plain `ray`, nodes need cnn-tune installed.
    """
    if importlib.util.find_spec("aiohttp") is None:
        return None
    found = [importlib.util.find_spec(name) for name in _PACKAGES]
    folders = [spec.submodule_search_locations[0] for spec in found if spec and spec.submodule_search_locations]
    return {"py_modules": folders, "excludes": ["__pycache__"]}


def refuse_open_cluster() -> None:
    """Raise SweepError where this user's settings let anybody into a cluster."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        raise SweepError(
            "RAY_AUTH_MODE=disabled: whoever reaches such a cluster may run anything on it; unset it, and give every "
            "node the same token (docs/cluster.md)"
        )


def _check_answers(address: str) -> None:
    """Refuse a host that does not answer at once, since Ray itself would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        dashboard = "; a web address is a dashboard's, for --submit" if address.startswith("http") else ""
        raise SweepError(
            f"--address {address}: use auto, or host:port of the head node (its port is 6379 as a rule){dashboard}"
        )
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise SweepError(f"--address {address}: nothing answers there ({error}); is the head node up?") from None


def _is_on_loopback(address: str) -> bool:
    """Whether a cluster of this machine alone is meant: its port answers on loopback and nowhere else."""
    if address == "auto":
        known = Path(os.environ.get("RAY_TMPDIR", tempfile.gettempdir())) / "ray" / "ray_current_cluster"
        address = known.read_text().strip() if known.is_file() else address
    host, _, port = address.rpartition(":")
    if host not in ("127.0.0.1", "localhost"):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Nothing is sent to this reserved address; the system only picks a route.
            socket.create_connection((probe.getsockname()[0], int(port)), timeout=_ANSWER_SECONDS).close()
        except OSError:
            return True
    return False


def on_node(node_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a function on one node beside whatever runs there, and return a reference to its result."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(node_id, soft=False)
    return ray.remote(function).options(num_cpus=0, max_retries=0, scheduling_strategy=here).remote(*arguments)
