"""Who may ask the server for what: hosts, methods, the token, and the headers of every answer. Denies by default."""

from __future__ import annotations

import base64
import hmac
import re
import socket
from collections.abc import Iterable

import psutil
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MIN_TOKEN_CHARACTERS = 22  # 22 characters of base64 hold 128 bits
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class AccessControl:
    """Stands before every route: a request that it does not know to be harmless gets no further."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], token: str | None) -> None:
        self._app, self._hosts, self._token = app, frozenset(host.lower() for host in hosts), token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # web sockets get no answer
            return

        began = False

        async def send_with_headers(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        try:
            await (refusal or self._app)(scope, receive, send_with_headers)
        except Exception:
            if not began:  # else the answer would go out without the headers
                await PlainTextResponse("this page could not be made", 500)(scope, receive, send_with_headers)
            raise

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("only GET and HEAD", 405, headers={"Allow": "GET, HEAD"})
        if _without_port(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("not a host that this server answers for; see tune serve --allow-host", 421)
        if self._token is not None and not self._knows_token(headers.get("authorization", "")):
            challenge = {"WWW-Authenticate": 'Basic realm="cnn-tune: any name, the token as password", charset="UTF-8"'}
            return PlainTextResponse("the token is needed", 401, headers=challenge)
        return None

    def _knows_token(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        if kind.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
            except ValueError:
                return False
        elif kind.lower() != "bearer":
            return False
        return hmac.compare_digest(given.encode(), (self._token or "").encode())


_HOST = re.compile(r"(?:\[([0-9a-f:.%]+)\]|([^][:/?#@\s]+))(?::\d{1,5})?", re.IGNORECASE)


def _without_port(host: str) -> str:
    """The name or address in a Host header; empty where it is none (RFC 9110, 7.2)."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else ""


def own_hosts(bound: str, also: Iterable[str] = ()) -> set[str]:
    """The names under which this machine may be asked; on loopback those of loopback alone."""
    if bound in LOOPBACK:
        return {*LOOPBACK, *also}
    addresses = {address.address for card in psutil.net_if_addrs().values() for address in card}
    return {bound, socket.gethostname(), socket.getfqdn(), *LOOPBACK, *addresses, *also}
