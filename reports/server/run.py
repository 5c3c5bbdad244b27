"""Binds a port and runs the server on it until it is told to end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import uvicorn

from reports.records.errors import SweepError
from reports.server.access import LOOPBACK, MIN_TOKEN_CHARACTERS, own_hosts
from reports.server.app import application
from reports.server.connections import PatientProtocol

_LONGEST_REQUEST = 16_384  # bytes of its first line and headers
TOKEN_VARIABLE = "CNN_TUNE_TOKEN"


def serve(storage: Path, host: str, port: int, allow_hosts: Iterable[str], announce: Callable[[str], None]) -> None:
    """Serve a storage folder; returns when the process is interrupted.

    Args:
        storage: folder that holds the sweeps.
        host: address to bind; any but loopback needs a token in the environment.
        port: 0 takes a free one.
        allow_hosts: further names that browsers may use for this machine.
        announce: is told the address once the port is bound.

    Raises:
        SweepError: there is no such folder, the port cannot be bound, or a token is missing or too short.
    """
    if not storage.is_dir():
        raise SweepError(f"{storage}: no such folder; sweeps are kept in ./sweeps where nothing else is said")
    token = _token(host)
    bound = _bind(host, port)
    app = application(storage, hosts=own_hosts(host, allow_hosts), token=token)
    os.nice(5)  # a sweep on this machine goes first
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        h11_max_incomplete_event_size=_LONGEST_REQUEST,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{bound.getsockname()[1]}/")
    uvicorn.Server(config).run(sockets=[bound])


def _token(host: str) -> str | None:
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token is not None and len(token) < MIN_TOKEN_CHARACTERS:
        raise SweepError(f"{TOKEN_VARIABLE}: {len(token)} characters; a token has at least {MIN_TOKEN_CHARACTERS}")
    if token is None and host not in LOOPBACK:
        raise SweepError(
            f"--host {host} lets other machines in, so it needs a token: "
            f"export {TOKEN_VARIABLE}=$(python3 -c 'import secrets; print(secrets.token_urlsafe())')"
        )
    return token


def _bind(host: str, port: int) -> socket.socket:
    bound = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)  # whoever asks before the server is up, waits
    except OSError as error:
        if bound is not None:
            bound.close()
        raise SweepError(f"{host}:{port}: cannot be bound ({error.strerror or error}); choose another --port") from None
    return bound
