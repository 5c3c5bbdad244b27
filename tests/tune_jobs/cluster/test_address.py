"""Wrong addresses and tokens are refused in seconds and in a line that says what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reports.records.errors import SweepError
from tests.tune_jobs.cluster.ports import SETTINGS, address_of, answering, free_address, silent
from tests.tune_jobs.raylets import Raylets
from tests.tune_jobs.sweeps import PATIENCE
from tune_jobs.cluster import address as addresses
from tune_jobs.cluster import ray_jobs
from tune_jobs.cluster.address import check_lets_us_in, is_on_loopback, located


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    addresses._greet.cache_clear()


def refused(address: str) -> str:
    with pytest.raises(SweepError) as refusal:
        check_lets_us_in(address)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("somewhere", "use auto, or host:port"),
        ("http://127.0.0.1:8265", "a web address is a dashboard's, for --submit"),
        ("127.0.0.1:1", "nothing answers there"),
        ("127.0.0.1:99999", "nothing answers there"),
        ("no.such.host.invalid:6379", "nothing answers there"),
    ],
)
def test_an_address_where_nothing_is(address, text):
    assert text in refused(address)


def test_a_port_that_is_no_rays(monkeypatch):
    with answering(b"SSH-2.0-OpenSSH_9.2") as other:
        assert "what answers there is no Ray" in refused(address_of(other))
    with answering(b"") as closing:
        assert "what answers there is no Ray" in refused(address_of(closing))
    monkeypatch.setattr(addresses, "_ANSWER_SECONDS", 0.5)
    with silent() as server:
        assert "something listens there, but says nothing for 0 s" in refused(address_of(server))


def test_a_dashboard_that_is_none(monkeypatch, tmp_path):
    pytest.importorskip("aiohttp", reason="needs ray[default]")
    monkeypatch.setattr(ray_jobs, "_ANSWER_SECONDS", 0.5)

    def refused_dashboard(place: str) -> str:
        with pytest.raises(SweepError) as refusal:
            ray_jobs.jobs(f"http://{place}")
        return str(refusal.value)

    assert "nothing answers there; is the head node up?" in refused_dashboard(free_address())
    with silent() as server:
        assert "something listens there, but says nothing" in refused_dashboard(address_of(server))
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    with answering(page) as server:
        assert "what answers there is no Ray" in refused_dashboard(address_of(server))
    denied = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 12\r\nConnection: close\r\n\r\nUnauthorized"
    with answering(denied) as server:
        assert "the cluster does not take your token" in refused_dashboard(address_of(server))


def test_auto_means_the_last_cluster_that_was_started_here_and_any_that_answers_before_one_that_does_not(
    monkeypatch, tmp_path
):
    (tmp_path / "ray").mkdir()
    known = tmp_path / "ray" / "ray_current_cluster"
    with answering(SETTINGS) as head:
        monkeypatch.setattr(addresses, "_running_here", lambda: [address_of(head)])
        known.write_text(free_address())
        assert located("auto") == address_of(head)
        monkeypatch.setenv("RAY_ADDRESS", free_address())
        assert located("auto") != address_of(head), "a job is of its own cluster"
        assert is_on_loopback(address_of(head))


def test_auto_does_not_mean_the_ray_of_a_sweep(tmp_path):
    """A process as `ps` shows that of a sweep, and one of a cluster."""
    raylet = tmp_path / "raylet"
    raylet.symlink_to(Path(sys.executable).resolve())
    words = [str(raylet), "-c", "import time; print(flush=True); time.sleep(60)", "--gcs-address=127.0.0.1:7"]
    for folder, found in (("/tmp/cnn-tune-abcdefgh/r", False), ("/tmp/ray", True)):
        with subprocess.Popen([*words, f"--temp-dir={folder}"], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            assert ("127.0.0.1:7" in addresses._running_here()) == found
            process.kill()


@pytest.mark.slow
def test_a_cluster_that_does_not_take_the_token_or_is_of_another_version(monkeypatch):
    monkeypatch.delenv("RAY_TMPDIR")  # too long a path for a cluster's sockets
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 64)
    raylets = Raylets(workers=0, head_cpus=0)
    try:
        check_lets_us_in(raylets.address)
        addresses._greet.cache_clear()
        for setting in ({"RAY_AUTH_TOKEN": "b" * 64}, {"RAY_AUTH_TOKEN": None, "RAY_AUTH_TOKEN_PATH": "/no/token"}):
            with monkeypatch.context() as other:
                for name, value in setting.items():
                    other.setenv(name, value) if value else other.delenv(name)
                said = refused(raylets.address)
                assert "the cluster does not take this user's token" in said
                assert "RAY_AUTH_TOKEN" in said
        claim = "from ray._raylet import GcsClient; GcsClient(address='{}').internal_kv_put(b'{}', b'{}', True, b'{}')"
        metadata = '{"ray_version": "2.9.3", "python_version": "3.10.1"}'
        words = claim.format(raylets.address, "CLUSTER_METADATA", metadata, "cluster")
        subprocess.run([sys.executable, "-c", words], check=True, timeout=PATIENCE)
        assert "the cluster runs Ray 2.9.3 on Python 3.10.1, and here is Ray" in refused(raylets.address)
    finally:
        raylets.close()
