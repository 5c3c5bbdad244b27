"""This user and this machine, tried before a sweep has a folder: each trouble is one line that names what to set."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import psutil

from cnnmodels.places import expanded
from reports.records.errors import SweepError

_SOCKET_BYTES = 107  # of a socket's path, a rule of Linux
_RAYS_SOCKET = "/ray/session_2026-01-01_00-00-00_000000_0000000/sockets/plasma_store"  # below the temporary folder
_SHORT = "/tmp"
_RAYS_FILES_BYTES = 20_000_000  # logs, mostly; 1 MB was seen after a minute
_RAYS_TASKS = 200  # processes and threads of a Ray of our own without its workers; 175 were counted on 2 cores
_TASKS_OF_A_SLOT = 30  # 25 were counted


def refuse_unwritable_cache(cache: Path) -> None:
    """Try the folder of decoded images.

    Raises:
        SweepError: it cannot be written.
    """
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache).close()
    except OSError as error:
        raise SweepError(
            f"{cache}: cannot be written ({error.strerror}); set CNN_TUNE_CACHE to a folder for decoded images"
        ) from None


def settle_for_ray(cache: Path, *, local: bool = True) -> None:
    """Give Ray, and torch, what they ask of a user's environment before they start on this machine.

    Args:
        cache: a folder that can be written, the home of a user who has none.
        local: whether Ray is started here; of a cluster that runs already, this process joins as its user alone.

    Raises:
        SweepError: the environment allows no Ray; the text names the variable or the limit.
    """
    if str(expanded("~")) == "~":
        os.environ["HOME"] = str(cache)
    _name_the_user()
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # Ray imports MLflow, which would write to the home
    if local:
        _bring_a_token()
        _find_a_short_temporary_folder()
        refuse_without_scratch(Path(os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or _SHORT))
        _refuse_few_tasks()


def _name_the_user() -> None:
    """torch asks for the user's name, which a container's user may lack."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["USER"] = f"user-{os.getuid()}"


def _bring_a_token() -> None:
    """Ray keeps the token of its clusters in the home; where there is none to write in, this process brings its own."""
    if os.environ.keys() & {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}:
        return
    kept = expanded("~/.ray/auth_token")
    if not (os.access(kept, os.R_OK) or _may_be_made(kept)):
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _may_be_made(path: Path) -> bool:
    """Whether a file can be made there, with the folders that it lacks."""
    above = next((folder for folder in path.parents if folder.exists()), None)
    return above is not None and os.access(above, os.W_OK | os.X_OK)


def _find_a_short_temporary_folder() -> None:
    name = next((name for name in ("RAY_TMPDIR", "TMPDIR") if name in os.environ), None)
    if name is None:
        return
    given = os.environ[name]
    folder = Path(given).absolute()
    if len(os.fsencode(f"{folder}{_RAYS_SOCKET}")) > _SOCKET_BYTES:
        if name != "TMPDIR" or not os.access(_SHORT, os.W_OK | os.X_OK):
            raise SweepError(f"{name}={given}: too long a path for Ray's sockets; set RAY_TMPDIR to a short one")
        os.environ["RAY_TMPDIR"] = _SHORT
    elif not _may_be_made(folder / "ray"):
        raise SweepError(f"{name}={given}: cannot be written; set RAY_TMPDIR to a folder that can")


def refuse_without_scratch(temporary: Path, shared: Path = Path("/dev/shm")) -> None:
    """Ray starts several processes before the first of them writes a file, and each dies in words of its own.

    Args:
        temporary: the folder of Ray's logs and sockets, or where it is to be made.
        shared: the folder of Ray's objects, on systems that have one.

    Raises:
        SweepError: one of them cannot be written, or is full.
    """
    above = next(folder for folder in (temporary.absolute(), *temporary.absolute().parents) if folder.exists())
    remedy = "set RAY_TMPDIR to a folder on another disk"
    free = shutil.disk_usage(above).free
    if free < _RAYS_FILES_BYTES:
        raise SweepError(
            f"{temporary}: {free / 1e6:.0f} MB free, and Ray keeps its files there; make room, or {remedy}"
        )
    for folder, way_out in ((above, remedy), (shared, "mount it so that it can (docker run --shm-size=1g)")):
        try:
            if folder.exists():
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise SweepError(
                f"{folder}: cannot be written ({error.strerror}), and Ray keeps its files there; {way_out}"
            ) from None


def _refuse_few_tasks() -> None:
    """Where the system allows a user few processes and threads, Ray's own would hang while they start."""
    try:
        import resource
    except ImportError:  # no such limits on this system
        return
    allowed, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if allowed == resource.RLIM_INFINITY or os.geteuid() == 0:  # root is not bound by it
        return
    needed = tasks_needed(os.cpu_count() or 1)
    used = _tasks_of(os.getuid())
    if used + needed > allowed:
        raise SweepError(
            f"ulimit -u {allowed}: Ray needs about {needed} processes and threads, and {used} of yours are running; "
            f"raise it (ulimit -u {2 * (used + needed)})"
        )


def tasks_needed(slots: int) -> int:
    """Processes and threads of a sweep on this machine, counted together as the system counts them."""
    return _RAYS_TASKS + _TASKS_OF_A_SLOT * slots


def _tasks_of(user: int) -> int:
    found = psutil.process_iter(["uids", "num_threads"])
    return sum(one.info["num_threads"] or 0 for one in found if one.info["uids"] and one.info["uids"].real == user)
