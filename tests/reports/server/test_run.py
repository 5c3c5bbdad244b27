"""Binding a port, refusing to, and giving way to a sweep."""

from __future__ import annotations

import os

import psutil
import pytest

from reports.records.errors import SweepError
from reports.server.run import serve
from tests.reports.serving import served

pytestmark = pytest.mark.slow


def test_without_a_token_it_binds_to_loopback_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("CNN_TUNE_TOKEN", raising=False)
    with pytest.raises(SweepError, match=r"--host 0\.0\.0\.0 lets other machines in"):
        serve(tmp_path, "0.0.0.0", 0, [], print)
    monkeypatch.setenv("CNN_TUNE_TOKEN", "short")
    with pytest.raises(SweepError, match="5 characters; a token has at least 22"):
        serve(tmp_path, "127.0.0.1", 0, [], print)


def test_a_taken_port_and_a_missing_folder_are_said_in_a_line(tmp_path, address, monkeypatch):
    monkeypatch.delenv("CNN_TUNE_TOKEN", raising=False)
    with pytest.raises(SweepError, match="choose another --port"):
        serve(tmp_path, "127.0.0.1", int(address.rpartition(":")[2]), [], print)
    with pytest.raises(SweepError, match="no such folder"):
        serve(tmp_path / "missing", "127.0.0.1", 0, [], print)


def test_the_server_gives_way_to_a_sweep(storage):
    with served(storage) as address:
        port = int(address.rpartition(":")[2])
        mine = psutil.Process(os.getpid()).children()
        server = next(one for one in mine if any(c.laddr.port == port for c in one.net_connections()))
        assert server.nice() > psutil.Process().nice()
