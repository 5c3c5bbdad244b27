"""The doctor's look at what Ray leaves open."""

import psutil
import pytest

from tests.tune_jobs.raylets import Raylets
from tune_jobs.cluster.exposure import ray_exposure


@pytest.mark.slow
def test_ports_of_a_running_ray_are_found_and_on_loopback():
    raylets = Raylets(workers=0)
    try:
        found, its = ray_exposure(), _listening(raylets.pid)
    finally:
        raylets.close()
    ours = [port for port in found.ports if port.process in ("gcs_server", "raylet") and port.port in its]
    assert {port.process for port in ours} == {"gcs_server", "raylet"}
    assert all(port.on_loopback for port in ours)


def _listening(pid):
    """Ports of a process and all that it has started; other tests may run a Ray of their own meanwhile."""
    started = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    found = [one for process in started for one in process.net_connections(kind="tcp")]
    return {one.laddr.port for one in found if one.status == psutil.CONN_LISTEN}


def test_a_token_that_others_can_read_and_a_switched_off_one_are_problems(tmp_path, monkeypatch):
    token = tmp_path / "token"
    token.write_text("x" * 64)
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    token.chmod(0o644)
    found = ray_exposure()
    assert found.token == f"on, from {token}"
    assert any("chmod 600" in problem for problem in found.problems)
    assert any("RAY_AUTH_MODE=disabled" in problem for problem in found.problems)
    token.chmod(0o600)
    monkeypatch.delenv("RAY_AUTH_MODE")
    assert not any("chmod" in problem for problem in ray_exposure().problems)
