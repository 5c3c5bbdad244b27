"""Ports of this machine that answer in one way or another."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # the first frame of whoever speaks HTTP/2


@contextmanager
def answering(words: bytes) -> Iterator[socket.socket]:
    """A port that says these words to everybody, until its socket is closed."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                with client, suppress(OSError):
                    client.sendall(words)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        close(server)


@contextmanager
def silent() -> Iterator[socket.socket]:
    """A port that takes connections, as the system does for a process that is suspended, and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server


def close(server: socket.socket) -> None:
    """Nobody listens there any more."""
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def free_address() -> str:
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return address_of(free)
