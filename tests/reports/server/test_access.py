"""Who may ask the server for what, asked of a real process."""

from __future__ import annotations

import base64
import secrets
import socket

import pytest

from reports.server.access import LOOPBACK, own_hosts
from reports.server.app import application
from tests.reports.serving import ask, served

pytestmark = pytest.mark.slow


def test_only_reading_is_allowed_and_only_by_known_hosts(address):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        assert ask(address + "/", method)[0] == 405
    assert ask(address + "/", "HEAD")[0] == 200
    assert ask(address + "/", Host="evil.example")[0] == 421
    assert ask(address + "/", Host="localhost:1")[0] == 200


def test_every_answer_has_the_headers_that_keep_a_browser_safe(address):
    for path in ("/", "/sweeps/one/", "/sweeps/nobody/", "/static/plotly.js"):
        headers = ask(address + path)[2]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_no_route_answers_without_the_token(storage):
    token = secrets.token_urlsafe()
    paths = [
        route.path.format(name="one", table="trials.csv")
        for route in application(storage, hosts=[], token=token).routes
    ]
    assert len(paths) >= 7
    basic = base64.b64encode(f"me:{token}".encode()).decode()
    with served(storage, host="0.0.0.0", token=token) as address:
        for path in [*paths, "/nowhere"]:
            status, _, headers = ask(address + path)
            assert status == 401, path
            assert headers["www-authenticate"].startswith("Basic ")
            assert ask(address + path, Authorization=f"Bearer {token}x")[0] == 401
            assert ask(address + path, Authorization="Basic !!!")[0] == 401
        assert ask(f"{address}/?token={token}")[0] == 401, "never in an address"
        assert ask(address + "/", Authorization=f"Bearer {token}")[0] == 200
        assert ask(address + "/", Authorization=f"Basic {basic}")[0] == 200
        assert ask(address + "/", Authorization=f"Bearer {token}", Host="evil.example")[0] == 421


def test_on_loopback_only_its_own_names_are_known_and_elsewhere_those_of_the_machine():
    assert own_hosts("127.0.0.1") == set(LOOPBACK)
    assert own_hosts("127.0.0.1", ["proxy.example"]) == {*LOOPBACK, "proxy.example"}
    assert {"0.0.0.0", socket.gethostname(), "proxy.example"} <= own_hosts("0.0.0.0", ["proxy.example"])
