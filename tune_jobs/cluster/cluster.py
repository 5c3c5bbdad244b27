"""The Ray that a sweep runs on: either one of its own on this machine, or a cluster that is running already."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnmodels.own.code import OwnCode, copy_code
from reports.records.errors import SweepError
from tune_jobs.cluster.address import AUTO, check_lets_us_in, in_a_job, is_on_loopback, located
from tune_jobs.cluster.gpus import gpu_resource, usable_gpus
from tune_jobs.cluster.lean_ray import has_no_agents, lean_services, start_workers_ahead
from tune_jobs.cluster.own_ray import exit_on_sigterm, kill, processes, started_for, started_our_way
from tune_jobs.cluster.ray_watch import Head, OwnProcess, RayWatch, Watched, listener
from tune_jobs.errors import EXIT_SIGTERM
from tune_jobs.own_folder import BELOW, own_folder, remove

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
_IN_WORKERS = {"PL_DISABLE_FORK": "1"}  # as Ray Tune sets it for trials, since PyTorch Lightning forks in them
_PATIENT = {"RAY_gcs_server_port_wait_time_s": "90"}  # seconds; its 30 are too few on a busy machine
_KEEP_GPU_NUMBERS = {  # Ray would number a trial's GPUs anew, but resources/fair_share.py chooses them by number.
    "RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1",
    "RAY_EXPERIMENTAL_NOSET_HIP_VISIBLE_DEVICES": "1",
}
_OBJECT_STORE_BYTES = 100_000_000  # Reports are small, and images are mapped from disk and never sent.
_QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}  # What goes wrong is raised too.
_STARTS = 2  # A busy machine may not keep Ray's limits.
_VITAL = ("gcs_server", "raylet")  # of the processes of a Ray of our own
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
    are this machine's GPUs. Where `lean`, nothing in it makes environments for workers, which have this process's.
    `watch` says whether what the sweep hangs on still lives; `folder` is the driver's own. It took `start_seconds` to
    start, or to join.
    """

    def __init__(
        self,
        *,
        local: bool,
        lean: bool = False,
        folder: Path,
        watch: RayWatch,
        gpu_names: Sequence[str] = (),
        start_seconds: float = 0.0,
    ) -> None:
        self.local, self.lean, self.folder = local, lean, folder
        self.gpu_names, self.start_seconds = gpu_names, start_seconds
        self._watch = watch

    def trouble(self) -> str | None:
        """Why Ray is taken to be lost, in words; None while it answers."""
        return self._watch.trouble

    def trouble_soon(self) -> str | None:
        """The same, once it is known of what is silent now."""
        return self._watch.wait()

    def abandon(self) -> None:
        """End a Ray of our own at once, though it no longer listens, and remove what it wrote."""
        if self.local:
            kill(list(processes(_own_node()).values()))
        remove(self.folder)

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
def connect(
    address: str | None = None,
    code: OwnCode | None = None,
    ahead: Callable[[int, int], int] = lambda cores, gpus: cores,
) -> Iterator[Cluster]:
    """A cluster to run on while the block runs.

    Without an address it is a Ray of our own, on loopback, or the one that this process has already; every file that
    it writes is readable by this user alone. With an address (`auto`, or `host:port`) it is a cluster that is running,
    to which somebody's own code is sent beside ours. A Ray of our own starts `ahead` workers at once, by how many cores
    and GPUs this machine has.

    Raises:
        SweepError: no cluster answers at the address, or it does not let us in.
    """
    prepare(address)
    import ray

    ours = not ray.is_initialized()
    gpu_names = usable_gpus() if ours and address is None else []
    with own_folder() as folder:
        began = time.monotonic()
        if ours:
            _start(address, gpu_names, folder, code, ahead(os.cpu_count() or 1, len(gpu_names)))
        took = time.monotonic() - began
        logging.getLogger("ray").setLevel(logging.ERROR)
        logging.getLogger("ray.tune.tune").setLevel(logging.CRITICAL)  # It lists failed trials by names of its own.
        watch = RayWatch(_hangs_on(address))
        try:
            with _ray_says_nothing() if ours else contextlib.nullcontext():
                yield Cluster(
                    local=address is None,
                    lean=has_no_agents(_own_node()),
                    folder=folder,
                    watch=watch,
                    gpu_names=gpu_names,
                    start_seconds=took,
                )
        finally:
            watch.close()  # before Ray's processes are ended
            if ours:
                ray.shutdown()


@contextlib.contextmanager
def handed_over(cluster: Cluster, held: contextlib.ExitStack) -> Iterator[Cluster]:
    """A cluster that somebody joined before, who leaves it now to this block, behind which it is left."""
    with held.pop_all():
        yield cluster


def _own_node() -> Any:
    import ray._private.worker  # there is no public name for the processes of a Ray of our own

    return ray._private.worker._global_node


def _hangs_on(address: str | None) -> list[Watched]:
    """What must live for this driver to go on."""
    import ray

    if address is None:
        return [OwnProcess(name, pid) for name, pid in processes(_own_node()).items() if name in _VITAL]
    raylet = listener(_own_node().raylet_socket_name)  # any other one may go, but for that of this machine
    here = [] if raylet is None else [OwnProcess("raylet", raylet)]
    return [Head(ray.get_runtime_context().gcs_address), *here]


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
        for name, value in {**_ON_ONE_MACHINE, **_PATIENT, **_IN_WORKERS}.items():
            os.environ.setdefault(name, value)
        os.environ.update(_KEEP_GPU_NUMBERS)
        start_workers_ahead()
        return
    check_lets_us_in(address)
    if is_on_loopback(located(address)):
        os.environ.update(_ON_ONE_MACHINE)  # Ray would otherwise look for it at this machine's outer address.


def _start(address: str | None, gpu_names: Sequence[str], folder: Path, code: OwnCode | None, workers: int) -> None:
    try:
        if address is None:
            _start_here(gpu_names, folder, workers)
        else:
            _join(address, folder, code)
    except SystemExit:  # Ray ends so at a SIGTERM while it starts.
        raise SystemExit(EXIT_SIGTERM) from None
    finally:
        exit_on_sigterm()


def _start_here(gpu_names: Sequence[str], folder: Path, workers: int) -> None:
    import ray

    below = folder / Path(BELOW).name  # Ray opens it to all; the folder above stays closed.
    for start in range(1, _STARTS + 1):
        try:
            with lean_services(workers), started_our_way(_import_tune):
                # Without "local", Ray would join whatever cluster was started last on this machine.
                ray.init(
                    address="local",
                    include_dashboard=False,
                    object_store_memory=_OBJECT_STORE_BYTES,
                    num_gpus=len(gpu_names),
                    resources={gpu_resource(number): 1.0 for number in range(len(gpu_names))},
                    _temp_dir=str(below),
                    **_QUIET,
                )
            return
        except Exception as error:  # Ray raises a plain one where the machine is too busy to start it in time.
            ray.shutdown()
            kill(started_for(folder))  # Ray forgets what it had started.
            if start == _STARTS:
                raise SweepError(
                    f"Ray did not start on this machine, tried {_STARTS} times: {_first_line(error)} "
                    "Try again when it is less busy"
                ) from None


@contextlib.contextmanager
def _ray_says_nothing() -> Iterator[None]:
    """What Ray would print of lost workers and nodes, in paragraphs of its own, the sweep says itself, in a line."""
    from ray._private import worker  # whose setting log_to_driver is not for this

    said, worker._worker_logs_enabled = worker._worker_logs_enabled, False
    try:
        yield
    finally:
        worker._worker_logs_enabled = said


def _import_tune() -> None:
    import ray.tune  # noqa: F401  # it takes most of a second, and a sweep needs it next


def _join(address: str, folder: Path, code: OwnCode | None) -> None:
    import ray
    from ray._private.authentication.authentication_token_setup import maybe_enable_token_auth_if_token_available

    try:
        if in_a_job():
            os.chdir("/")  # Ray may delete a job's working directory while it runs; our paths are absolute.
        if address == AUTO and not in_a_job():  # Ray gives a job what it needs to be let in.
            maybe_enable_token_auth_if_token_available(warn_if_disabled=False)  # as Ray does where it finds one itself
        copy_code(code, folder / "code")
        sent = None if in_a_job() else travelling_code(folder / "code")  # A job has brought it already.
        ray.init(address=located(address), runtime_env=sent, **_QUIET)
    except (ConnectionError, RuntimeError, ValueError) as error:  # Ray has no narrower ones.
        raise SweepError(f"--address {address}: {_first_line(error)} (ray start --head starts a cluster)") from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def travelling_code(own: Path | None = None) -> dict[str, Any] | None:
    """Our packages, which are sent along so that nodes run the driver's code, and the modules of a folder of somebody's
    own; None where Ray cannot send any.

    Only `ray[default]` has the agent that unpacks code on a node; with plain `ray`, nodes need cnn-tune installed.
    """
    if importlib.util.find_spec("aiohttp") is None:
        return None
    found = [importlib.util.find_spec(name) for name in _PACKAGES]
    folders = [spec.submodule_search_locations[0] for spec in found if spec and spec.submodule_search_locations]
    modules = [str(path) for path in own.iterdir()] if own is not None and own.is_dir() else []
    return {"py_modules": [*folders, *modules], "excludes": ["__pycache__"]}


def refuse_open_cluster() -> None:
    """Raise SweepError where this user's settings let anybody into a cluster."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        raise SweepError(
            "RAY_AUTH_MODE=disabled: whoever reaches such a cluster may run anything on it; unset it, and give every "
            "node the same token (docs/cluster.md)"
        )


def on_node(node_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a function on one node beside whatever runs there, and return a reference to its result."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(node_id, soft=False)
    return ray.remote(function).options(num_cpus=0, max_retries=0, scheduling_strategy=here).remote(*arguments)
