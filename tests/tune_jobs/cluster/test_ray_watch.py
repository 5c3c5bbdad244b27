"""What a sweep hangs on: it lives, it is silent for a moment, it is lost; real ports and processes of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time

import pytest

from tests.tune_jobs.cluster.ports import SETTINGS, address_of, answering, close, free_address, silent
from tests.tune_jobs.sweeps import wait_until
from tune_jobs.cluster import ray_watch
from tune_jobs.cluster.ray_watch import Head, OwnProcess, RayWatch, listener


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(ray_watch, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(ray_watch, "_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(ray_watch, "_SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(ray_watch, "_SURE_SECONDS", 0.5)


@pytest.fixture
def process():
    started = subprocess.Popen(["sleep", "60"])
    yield started
    started.kill()
    started.wait()


def test_a_head_that_answers_is_no_trouble_and_one_that_is_lost_is_said_once_it_was_silent_for_long_enough():
    with answering(SETTINGS) as head:
        address = address_of(head)
        watch = RayWatch([Head(address)])
        time.sleep(2)
        assert watch.trouble is None
        close(head)
        wait_until(lambda: watch.trouble is not None)
    watch.close()
    assert watch.trouble == f"the cluster at {address} no longer answers"


def test_a_head_that_takes_connections_and_says_nothing_is_silent():
    with silent() as head:
        assert Head(address_of(head)).condition() == "silent"


def test_a_head_that_never_answered_is_not_watched():
    watch = RayWatch([Head(free_address())])
    time.sleep(1.5)
    assert watch.trouble is None
    watch.close()


def test_a_process_that_ends_is_said_at_once(process):
    watch = RayWatch([OwnProcess("raylet", process.pid)])
    assert watch.wait() is None
    process.kill()
    assert watch.wait() == watch.trouble == "Ray's raylet on this machine has ended"


def test_a_process_that_is_suspended_for_long_is_said_and_one_that_is_for_a_moment_is_not(process):
    watch = RayWatch([OwnProcess("gcs_server", process.pid)])
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    process.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    assert watch.trouble is None
    process.send_signal(signal.SIGSTOP)
    assert watch.wait() == "Ray's gcs_server on this machine is suspended"


def test_who_listens_at_a_socket_is_known(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        assert listener(str(tmp_path / "s")) == os.getpid()
    assert listener(str(tmp_path / "none")) is None
