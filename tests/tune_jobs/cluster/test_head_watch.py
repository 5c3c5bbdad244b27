"""A head that answers, one that is silent for a moment, and one that is lost; each is a real port on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from tests.tune_jobs.sweeps import wait_until
from tune_jobs.cluster import head_watch
from tune_jobs.cluster.head_watch import HeadWatch
from tune_jobs.errors import EXIT_PAUSED


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(head_watch, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(head_watch, "_SILENCE_SECONDS", 0.5)


@pytest.fixture
def head():
    """A port that answers until it is closed."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_head_that_answers_is_no_trouble(head):
    watch = HeadWatch(address_of(head))
    time.sleep(1)
    assert watch.trouble is None
    watch.close()


def test_a_head_that_is_lost_is_said_once_it_was_silent_for_long_enough(head):
    address = address_of(head)
    watch = HeadWatch(address)
    head.settimeout(10)
    head.accept()[0].close()  # The watch has reached it once.
    head.close()
    wait_until(lambda: watch.trouble is not None)
    watch.close()
    assert watch.trouble == f"the cluster at {address} no longer answers"


def test_a_head_that_never_answered_is_not_watched():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # Nobody listens there.
        watch = HeadWatch(address_of(free))
        time.sleep(1)
    assert watch.trouble is None
    watch.close()


def test_a_process_that_does_not_end_by_itself_is_ended_with_its_message():
    waits_for_ever = """
import socket, time
from tune_jobs.cluster import head_watch
head_watch._POLL_SECONDS, head_watch._SILENCE_SECONDS, head_watch._GRACE_SECONDS = 0.05, 0.2, 0.2
head = socket.create_server(("127.0.0.1", 0))
watch = head_watch.HeadWatch(f"127.0.0.1:{head.getsockname()[1]}")
watch.exit_message = "Go on with: tune resume s"
head.accept()[0].close()
head.close()
time.sleep(60)
"""
    ended = subprocess.run(
        [sys.executable, "-c", waits_for_ever], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == EXIT_PAUSED
    assert ended.stdout.startswith("Paused: the cluster at 127.0.0.1:")
    assert ended.stdout.endswith("no longer answers. Go on with: tune resume s\n")
