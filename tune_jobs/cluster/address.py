"""Which cluster an address means, and whether it lets this process in.

Both are asked before Ray is, which would try for minutes and then say little of why.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psutil

from reports.records.errors import SweepError
from tune_jobs.cluster import greeting
from tune_jobs.cluster.hello import SilentError, first_words, is_grpc, split
from tune_jobs.own_folder import PREFIX

AUTO = "auto"
_ANSWER_SECONDS = 10.0  # A cluster's port must answer within this time.
_GREETING_SECONDS = 60.0  # A busy machine needs a while to load Ray.
TOKEN = "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN (or RAY_AUTH_TOKEN_PATH) as on its head (docs/cluster.md)"


def check_lets_us_in(address: str) -> None:
    """Refuse an address where no cluster is that this process could join.

    Raises:
        SweepError: nothing answers there, or no Ray, or one of another version or with another token.
    """
    place = located(address)
    if problem := _why_no_ray(place):
        raise SweepError(f"--address {address}: {problem}")
    if not in_a_job():  # a job was started by its cluster, with what lets it in
        _greet(address, place)


def in_a_job() -> bool:
    """Whether this process is a Ray Job of the cluster that it joins."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def located(address: str) -> str:
    """The host:port that an address means.

    Raises:
        SweepError: it is not of that form, or `auto` finds no cluster.
    """
    if address != AUTO:
        try:
            split(address)
        except ValueError:
            dashboard = "; a web address is a dashboard's, for --submit" if address.startswith("http") else ""
            raise SweepError(
                f"--address {address}: use auto, or host:port of the head node (its port is 6379 as a rule){dashboard}"
            ) from None
        return address
    found = list(dict.fromkeys(_known_here()))
    if not found:
        raise SweepError(
            "--address auto: no cluster runs on this machine (ray start --head starts one); sweeps that were launched "
            "without --address have a Ray of their own"
        )
    return next((place for place in found if _why_no_ray(place) is None), found[0])


def is_on_loopback(place: str) -> bool:
    """Whether a cluster of this machine alone is meant: its port answers on loopback and nowhere else."""
    host, port = split(place)
    if host not in ("127.0.0.1", "localhost"):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Nothing is sent to this reserved address; the system only picks a route.
            socket.create_connection((probe.getsockname()[0], port), timeout=_ANSWER_SECONDS).close()
        except OSError:
            return True
    return False


def _known_here() -> Iterator[str]:
    """What `auto` may mean: the cluster of the job that this is, the last that was started here, any that runs here."""
    of_the_job = os.environ.get("RAY_ADDRESS", AUTO)
    if of_the_job != AUTO:
        yield of_the_job
        return
    last = Path(os.environ.get("RAY_TMPDIR", tempfile.gettempdir())) / "ray" / "ray_current_cluster"
    if last.is_file():
        yield last.read_text().strip()
    yield from _running_here()


def _running_here() -> list[str]:
    """The clusters whose raylets run here, but for those that sweeps have started for themselves."""
    found: list[str] = []
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "raylet" and not any(f"/{PREFIX}" in word for word in words):
            found += [word.partition("=")[2] for word in words if word.startswith("--gcs-address=")]
    return found


def _why_no_ray(place: str) -> str | None:
    try:
        words = first_words(*split(place), _ANSWER_SECONDS)
    except SilentError:
        return f"something listens there, but says nothing for {_ANSWER_SECONDS:.0f} s; is it the head node's port?"
    except ConnectionResetError:
        words = b""  # It has heard enough.
    except ValueError:
        return f"{place} is not of the form host:port"
    except (OSError, OverflowError) as error:
        return f"nothing answers there ({error}); is the head node up?"
    if is_grpc(words) or os.environ.get("RAY_USE_TLS", "0") == "1":  # Behind TLS, nobody answers to plain words.
        return None
    return "what answers there is no Ray; use the head node's port (6379 as a rule)"


@functools.lru_cache
def _greet(address: str, place: str) -> None:
    """Ask for the versions of a cluster that answers, as a Ray of this process's environment is let in.

    Raises:
        SweepError: it is not, or the cluster is of other versions.
    """
    command = [sys.executable, "-P", greeting.__file__, place, *([AUTO] if address == AUTO else [])]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_GREETING_SECONDS, check=False)
        answer = json.loads(asked.stdout)
    except subprocess.TimeoutExpired:
        raise SweepError(
            f"--address {address}: Ray answers there, but has not said its version within {_GREETING_SECONDS:.0f} s"
        ) from None
    except ValueError:  # It has died by what the other side said.
        answer = {"error": "a Ray answers there that this one cannot talk to"}
    if "token" in answer:
        raise SweepError(
            f"--address {address}: the cluster does not take this user's token ({answer['token']}); {TOKEN}"
        )
    here, there = (version("ray"), platform.python_version()), (answer.get("ray"), answer.get("python"))
    if "error" in answer:
        raise SweepError(f"--address {address}: {answer['error']}; here is Ray {here[0]} on Python {here[1]}")
    if None not in there and there != here:
        raise SweepError(
            f"--address {address}: the cluster runs Ray {there[0]} on Python {there[1]}, and here is Ray {here[0]} on "
            f"Python {here[1]}; install the same on both"
        )
