"""A sweep as a Ray Job on a real cluster with a real dashboard."""

from __future__ import annotations

import importlib.util
import json
import socket

import psutil
import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tests.tune_jobs.raylets import Raylets
from tests.tune_jobs.sweeps import SLOW, epochs_recorded, finish, nothing_lost, wait_until
from tune_jobs.cluster.ray_jobs import job_of, submit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("aiohttp") is None, reason="needs ray[default]"),
]


@pytest.fixture(scope="module")
def dashboard():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    raylets = Raylets(workers=2, head_cpus=0, dashboard=port)
    yield f"http://127.0.0.1:{port}"
    raylets.close()


def set_all(overrides):
    return [word for one in overrides for word in ("--set", one)]


def test_a_sweep_is_sent_followed_and_listed(dashboard, command, tmp_path):
    (tmp_path / "mine.yaml").write_text(OWN_SPACE)
    words = ["launch", "./mine.yaml", "--name", "sent", "--submit", dashboard, "--storage", str(tmp_path / "sweeps")]
    assert "Follow it: tune show sent --submit" in finish(command(*words))
    wait_until(lambda: job_of(dashboard, "sent").state not in ("pending", "running"))
    shown = finish(command("show", "sent", "--submit", dashboard))
    assert "sent: succeeded" in shown, shown
    assert "Best: trial" in shown
    folder = SweepFolder(tmp_path / "sweeps" / "sent")
    nothing_lost(folder.state(), folder, requested=3)
    assert folder.report_path.exists()
    listed = json.loads(finish(command("ls", "--json", "--submit", dashboard)))
    assert [(job["sweep"], job["state"]) for job in listed] == [("sent", "succeeded")]
    (tmp_path / "wider.yaml").write_text(OWN_SPACE.replace("1.0e-2]", "2.0e-2]"))
    more = ["resume", "sent", "--space", "./wider.yaml", "--trials", "4", "--submit", dashboard]
    finish(command(*more, "--storage", str(tmp_path / "sweeps")))
    wait_until(lambda: job_of(dashboard, "sent").state not in ("pending", "running"))
    assert job_of(dashboard, "sent").state == "succeeded", finish(command("show", "sent", "--submit", dashboard))
    nothing_lost(folder.state(), folder, requested=4)
    assert folder.spec().space.search["lr"].ends() == [1e-4, 2e-2]


def test_a_job_that_is_stopped_or_killed_loses_nothing_and_is_resumed(dashboard, command, tmp_path):
    folder = SweepFolder(tmp_path / "sweeps" / "long")
    storage = ["--storage", str(tmp_path / "sweeps")]
    space = ["launch", "seg_unet", "--name", "long", *set_all([*SLOW, "budget.trials=8"])]
    finish(command(*space, "--submit", dashboard, *storage))
    wait_until(lambda: epochs_recorded(folder) >= 3)
    finish(command("stop", "long", "--submit", dashboard))
    wait_until(lambda: job_of(dashboard, "long").state == "stopped")
    before = folder.state()
    finish(command("resume", "long", "--submit", dashboard, *storage))
    wait_until(lambda: job_of(dashboard, "long").state not in ("pending", "running"))
    assert job_of(dashboard, "long").state == "succeeded", finish(command("show", "long", "--submit", dashboard))
    nothing_lost(before, folder, requested=8)


def test_a_job_whose_driver_is_killed_loses_nothing(dashboard, command, tmp_path):
    folder = SweepFolder(tmp_path / "sweeps" / "killed")
    storage = ["--storage", str(tmp_path / "sweeps")]
    finish(command("launch", "seg_unet", "--name", "killed", *set_all(SLOW), "--submit", dashboard, *storage))
    wait_until(lambda: epochs_recorded(folder) >= 3)
    drivers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if {"tune_jobs", "launch", "killed"} <= set(process.info["cmdline"] or [])
        and "--address" in process.info["cmdline"]
    ]
    assert drivers
    for driver in drivers:
        driver.kill()
    wait_until(lambda: job_of(dashboard, "killed").state == "failed")
    before = folder.state()
    finish(command("resume", "killed", "--submit", dashboard, *storage))
    wait_until(lambda: job_of(dashboard, "killed").state not in ("pending", "running"))
    nothing_lost(before, folder, requested=6)


def test_what_cannot_be_sent_is_refused_in_a_line(dashboard, tmp_path):
    with pytest.raises(SweepError, match="--storage sweeps: with --submit it is a path on the cluster"):
        submit(dashboard, [], "s", storage="sweeps", data=None, space=None)
    with pytest.raises(SweepError, match="use the dashboard's address"):
        submit("head:8265", [], "s", storage=str(tmp_path), data=None, space=None)
    with pytest.raises(SweepError, match="no sweep called 'nobody' was sent there"):
        job_of(dashboard, "nobody")


OWN_SPACE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [24, 32], images: 20}
objective: {metric: val_miou, mode: max}
fixed: {width: 4, levels: 2}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
budget: {trials: 3, max_epochs: 4, reduction_factor: 2}
"""
