"""Readers who ask for too much, for nothing, or for ever."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import uvicorn

from reports.records.errors import SweepError
from reports.server import connections, kept
from reports.server.access import AccessControl
from reports.server.app import application
from reports.server.connections import PatientProtocol
from reports.server.kept import BusyError, Kept, TurnOfReading, refuse_large
from tests.reports.serving import ask
from tests.reports.sweeps import write_sweep


@contextlib.contextmanager
def serving(storage):
    """The application in a thread of this process."""
    bound = socket.create_server(("127.0.0.1", 0))
    app = application(storage, hosts=["127.0.0.1"], token=None)
    server = uvicorn.Server(uvicorn.Config(app, http=PatientProtocol, ws="none", log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


@pytest.mark.parametrize(
    "host",
    [
        *("[::1]evil.com", "[::1]:80evil", "localhost:80:80", "localhost:evil"),
        *("localhost@evil.com", "[::1", "::1", "", "a b"),
    ],
)
def test_a_host_that_only_begins_like_ours_is_refused(host):
    scope = {"method": "GET", "headers": [(b"host", host.encode())]}
    refusal = AccessControl(None, hosts=["localhost", "::1"], token=None)._refusal(scope)
    assert refusal is not None
    assert refusal.status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8321", "[::1]", "[::1]:8321"])
def test_our_own_names_are_known_with_and_without_a_port(host):
    scope = {"method": "GET", "headers": [(b"host", host.encode())]}
    assert AccessControl(None, hosts=["localhost", "::1"], token=None)._refusal(scope) is None


def test_a_comparison_of_thousands_is_refused_before_any_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("reports.server.app.list_sweeps", lambda storage: pytest.fail("looked for"))
    with serving(tmp_path) as port:
        status, text, _ = ask(f"http://127.0.0.1:{port}/compare?" + "&".join(["sweep=one"] * 5_000))
    assert (status, text) == (400, "compare: 2 to 6 different sweeps, got 5000")


def test_connections_that_say_nothing_or_half_a_request_are_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "SILENCE_SECONDS", 0.3)
    with serving(tmp_path) as port, contextlib.ExitStack() as opened:
        started = [b"", b"GET / HTTP/1.1\r\nHost: 127", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HT"]
        for words in started:
            one = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            one.sendall(words)
            with contextlib.suppress(ConnectionResetError):
                while one.recv(65536):  # until it is closed; the last one is answered once before
                    pass
        assert ask(f"http://127.0.0.1:{port}/")[0] == 200


def test_there_are_only_so_many_connections(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    with serving(tmp_path) as port, contextlib.ExitStack() as opened:
        for _ in range(3):
            opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        time.sleep(0.2)
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected, OSError)):
            ask(f"http://127.0.0.1:{port}/")


def test_one_record_is_read_at_a_time_and_whoever_waits_too_long_is_told_so():
    turn, reading, together = TurnOfReading(), [], []
    pages = Kept(turn)

    def draw():
        reading.append(1)
        together.append(len(reading))
        time.sleep(0.01)
        reading.pop()
        return b"page"

    threads = [threading.Thread(target=pages.get, args=(str(n), lambda: "v", draw)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [1] * 8
    with turn.taken(), pytest.raises(BusyError), turn.taken(0.01):
        pass


def test_a_page_is_drawn_once_until_its_sweep_moves_on_and_so_much_is_kept_at_most():
    pages, drawn = Kept(TurnOfReading(), most_bytes=25), []

    def draw(name):
        return lambda: drawn.append(name) or b"0123456789"

    for name in ("a", "a", "b", "c", "b"):
        assert pages.get(name, lambda: "v", draw(name)) == b"0123456789"
    assert drawn == ["a", "b", "c"]
    pages.get("a", lambda: "v", draw("a"))
    assert drawn[-1] == "a", "it was the longest unasked"
    time.sleep(0.01)
    pages.get("a", lambda: "w", draw("a"))
    assert drawn[-2:] == ["a", "a"]


def test_records_that_are_too_large_are_named_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "LARGEST_RECORD", 1_000)
    sweep = write_sweep(tmp_path / "s", trials=3)
    with pytest.raises(SweepError, match="this server reads 0 MB at once, so draw a file: tune report"):
        refuse_large(sweep)


@pytest.mark.slow
def test_a_request_longer_than_any_of_ours_is_refused_and_bad_sweeps_never_answer_500(tmp_path):
    from tests.reports.records.test_bad_files import BAD
    from tests.reports.serving import served

    for number, change in enumerate(BAD.values()):
        change(write_sweep(tmp_path / f"bad-{number:02d}", trials=2))
    write_sweep(tmp_path / "good", trials=2)
    with served(tmp_path) as address:
        status, page, _ = ask(address + "/")
        assert status == 200
        assert page.count('<span class="state damaged">') == len(BAD)
        assert ask(address + "/sweeps/good/")[0] == 200
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        connection.request("GET", "/compare?" + "sweep=one&" * 5_400)  # 54 kB
        assert connection.getresponse().status == 400
        connection.close()
