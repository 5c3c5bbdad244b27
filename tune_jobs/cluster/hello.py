"""Whether a port answers, and as what: Ray's processes speak gRPC, whose first words are those of HTTP/2.

A connection alone says nothing, since the system accepts it for a process that is suspended. Knows no Ray.
"""

from __future__ import annotations

import socket

_CLIENT_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # RFC 9113, section 3.4
_FRAME_BYTES = 9
_SETTINGS = 4  # the kind of the first frame of whoever speaks HTTP/2


class SilentError(TimeoutError):
    """Something takes connections, and says nothing."""


def first_words(host: str, port: int, timeout_seconds: float) -> bytes:
    """What a port answers to a client of gRPC; nothing where it only closes the connection.

    Raises:
        SilentError: it says nothing for so long.
        OSError: nothing listens there.
    """
    with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
        try:
            connection.sendall(_CLIENT_HELLO)
            return connection.recv(_FRAME_BYTES)
        except TimeoutError:
            raise SilentError from None


def is_grpc(words: bytes) -> bool:
    """Whether these are the first words of a server of gRPC."""
    return len(words) == _FRAME_BYTES and words[3] == _SETTINGS


def split(address: str) -> tuple[str, int]:
    """The host and the port of `host:port`.

    Raises:
        ValueError: the address is not of that form.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        raise ValueError(address)
    return host, int(port)
