"""`--submit`: a sweep as a Ray Job, which runs on the cluster though the laptop that sent it is closed.

The job is the same `tune` command with `--address auto`; what it prints is the job's log. Needs `ray[default]` here and
on the cluster, since plain Ray has no jobs.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnmodels.own.code import OwnCode, copy_code
from reports.records.errors import SweepError
from tune_jobs.cluster.address import TOKEN
from tune_jobs.cluster.cluster import refuse_open_cluster, travelling_code
from tune_jobs.storage.object_storage import is_uri

_MARK = "cnn-tune"  # in a job's metadata
_LOG_LINES = 40
_NOT_YET = "No available agent"
_START_SECONDS = 60
_ANSWER_SECONDS = 5.0  # for a dashboard to take a connection, and so long again to answer
_CHATTY = ("ray.dashboard.modules.dashboard_sdk", "ray._private.runtime_env.packaging")


@dataclass(frozen=True)
class Job:
    """A sweep that was sent to a cluster."""

    id: str
    sweep: str
    state: str  # Ray's: pending, running, stopped, succeeded, failed
    message: str
    started: float | None  # seconds since 1970


def submit(
    address: str,
    words: list[str],
    sweep: str,
    *,
    storage: str,
    data: Path | None,
    space: Path | None,
    own: OwnCode | None = None,
) -> str:
    """Send a command to a cluster; the id of its job.

    Args:
        address: of the cluster's dashboard, such as http://head:8265.
        words: the command without its name; a space file of one's own stands in the folder where it runs.
        sweep: name of the sweep.
        storage: where it is kept; a URI, or an absolute path that every node sees.
        data: folder of images; such a path.
        space: a space file of one's own, which travels with the job.
        own: code of one's own, which travels as well.

    Raises:
        SweepError: a path is not absolute, or no cluster answers.
    """
    for option, path in (("--storage", None if is_uri(storage) else Path(storage)), ("--data", data)):
        if path is not None and not path.is_absolute():
            raise SweepError(f"{option} {path}: with --submit it is a path on the cluster, so give it from the root on")
    code = travelling_code() or {}
    with _client(address) as client, tempfile.TemporaryDirectory() as travelling:
        working_dir = Path(travelling) / "job"
        working_dir.mkdir()
        copy_code(own, working_dir)
        if space is not None:
            shutil.copy(space, working_dir)
        entrypoint = shlex.join(["python", "-m", "tune_jobs", *words])
        wanted = {"runtime_env": {**code, "working_dir": str(working_dir)}, "metadata": {_MARK: sweep}}
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                job: str = client.submit_job(entrypoint=entrypoint, **wanted)
                return job
            except RuntimeError as error:  # a cluster that has just started takes no jobs yet
                if _NOT_YET not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(1)


def jobs(address: str) -> list[Job]:
    """Sweeps that were sent to a cluster, the newest first."""
    with _client(address) as client:
        found = [_job(one) for one in client.list_jobs() if (one.metadata or {}).get(_MARK)]
    return sorted(found, key=lambda job: -(job.started or time.time()))


def job_of(address: str, sweep: str) -> Job:
    """The newest job of a sweep.

    Raises:
        SweepError: there is none.
    """
    found = [job for job in jobs(address) if job.sweep == sweep]
    if not found:
        known = ", ".join(dict.fromkeys(job.sweep for job in jobs(address))) or "none yet"
        raise SweepError(f"{address}: no sweep called {sweep!r} was sent there. Sweeps: {known}")
    return found[0]


def log_of(address: str, job: Job, lines: int = _LOG_LINES) -> str:
    """The end of what a job printed."""
    with _client(address) as client:
        return "\n".join(client.get_job_logs(job.id).splitlines()[-lines:])


def stop(address: str, job: Job) -> None:
    """Ask a job to end. Ray sends SIGTERM, which ends a sweep in order, and kills what is still there 3 s later; either
    way the sweep can be resumed."""
    with _client(address) as client:
        client.stop_job(job.id)


def _job(details: Any) -> Job:
    started = details.start_time / 1000 if details.start_time else None
    sweep = details.metadata[_MARK]
    return Job(details.submission_id, sweep, str(details.status.value).lower(), details.message or "", started)


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    if importlib.util.find_spec("aiohttp") is None:
        raise SweepError("--submit needs Ray's jobs: pip install 'ray[default]'")
    refuse_open_cluster()
    if not address.startswith(("http://", "https://")):
        raise SweepError(f"--submit {address}: use the dashboard's address, such as http://head:8265")
    _refuse_other_servers(address)
    from ray.exceptions import AuthenticationError
    from ray.job_submission import JobSubmissionClient

    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield JobSubmissionClient(address)
    except AuthenticationError as error:
        raise SweepError(
            f"--submit {address}: the cluster does not take your token ({str(error).strip().splitlines()[0]}); {TOKEN}"
        ) from None
    except (ConnectionError, RuntimeError) as error:  # Ray raises these for whatever an answer lacks
        first_line = str(error).strip().splitlines()[0]
        raise SweepError(f"--submit {address}: {first_line}") from None


def _refuse_other_servers(address: str) -> None:
    """Ask what answers there, since Ray's own client would wait for ever.

    Raises:
        SweepError: nothing does, or no dashboard of Ray's.
    """
    import requests

    try:
        answer = requests.get(f"{address.rstrip('/')}/api/version", timeout=_ANSWER_SECONDS)
        # Who has no token is told so, and nothing else.
        known = answer.status_code in (401, 403) or "ray_version" in answer.json()
    except requests.exceptions.ReadTimeout:
        problem = f"something listens there, but says nothing for {_ANSWER_SECONDS:.0f} s"
        raise SweepError(f"--submit {address}: {problem}; is it Ray's dashboard?") from None
    except requests.exceptions.JSONDecodeError:
        known = False
    except (requests.exceptions.RequestException, ValueError):
        raise SweepError(f"--submit {address}: nothing answers there; is the head node up?") from None
    if not known:
        raise SweepError(f"--submit {address}: what answers there is no Ray; use the dashboard's address")
