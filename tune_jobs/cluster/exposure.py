"""What Ray leaves open on this machine: which ports, whether others can reach them, and whether it asks for a token."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import psutil
from pydantic import BaseModel

_PROCESSES = ("gcs_server", "raylet", "dashboard", "ray::", "default_worker", "log_monitor", "runtime_env")


class OpenPort(BaseModel):
    """A port on which a process of Ray listens."""

    process: str
    address: str
    port: int
    on_loopback: bool


class Exposure(BaseModel):
    """How Ray looks from outside of this machine."""

    ports: list[OpenPort]
    token: str  # This says in words where the token comes from, or that there is none.
    problems: list[str]


def ray_exposure() -> Exposure:
    """Look at the Ray processes of this user, or of everybody if the user is root."""
    ports = _ports()
    open_to_all = [port for port in ports if not port.on_loopback]
    problems = []
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        problems.append("RAY_AUTH_MODE=disabled: whoever reaches Ray's ports may run anything; unset it")
    if open_to_all:
        numbers = ", ".join(str(port.port) for port in open_to_all[:6])
        problems.append(
            f"Ray listens beyond this machine (ports {numbers}): keep them inside a private network (docs/cluster.md)"
        )
    token_file = _token_file()
    if token_file.is_file() and token_file.stat().st_mode & 0o077:
        problems.append(f"{token_file} can be read by others: chmod 600 it")
    return Exposure(ports=ports, token=_token(token_file), problems=problems)


def _ports() -> list[OpenPort]:
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            name = next((known for known in _PROCESSES if any(known in word for word in words[:3])), None)
            if name is None:
                continue
            listening = [one for one in process.net_connections(kind="tcp") if one.status == psutil.CONN_LISTEN]
        except psutil.Error:  # The process has ended, or it is another user's.
            continue
        for one in listening:
            loopback = _is_loopback(one.laddr.ip)
            found.append(
                OpenPort(process=name.rstrip(":"), address=one.laddr.ip, port=one.laddr.port, on_loopback=loopback)
            )
    return sorted(found, key=lambda port: (port.on_loopback, port.process, port.port))


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _token_file() -> Path:
    return Path(os.environ.get("RAY_AUTH_TOKEN_PATH", "~/.ray/auth_token")).expanduser()


def _token(file: Path) -> str:
    if os.environ.get("RAY_AUTH_TOKEN"):
        return "on, from RAY_AUTH_TOKEN"
    if file.is_file():
        return f"on, from {file}"
    return "none yet; Ray makes one when it first starts"
