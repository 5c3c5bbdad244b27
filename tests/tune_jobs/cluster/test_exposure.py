"""The doctor's look at what Ray leaves open."""

import pytest

from tests.tune_jobs.raylets import Raylets
from tune_jobs.cluster.exposure import ray_exposure


@pytest.mark.slow
def test_ports_of_a_running_ray_are_found_and_on_loopback():
    raylets = Raylets(workers=0)
    try:
        found = ray_exposure()
    finally:
        raylets.close()
    assert {"gcs_server", "raylet"} <= {port.process for port in found.ports}
    ours = [port for port in found.ports if port.process in ("gcs_server", "raylet")]
    assert all(port.on_loopback for port in ours)


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
