"""Whole sweeps that are kept in a bucket, as seen, stopped and resumed from several machines."""

from __future__ import annotations

import json

import pytest

from tests.tune_jobs.raylets import Raylets
from tests.tune_jobs.storage.buckets import BUCKET, fetched
from tests.tune_jobs.sweeps import PATIENCE, SLOW, TINY, epochs_recorded, finish, launch_words, nothing_lost, wait_until
from tune_jobs.storage.object_storage import ObjectStorage

pytestmark = pytest.mark.slow


def test_a_sweep_at_a_uri_is_seen_from_every_machine(s3, machine, tmp_path, monkeypatch):
    said = finish(machine("a", *launch_words("s", TINY)))
    assert f"Folder: {BUCKET}/s" in said
    assert str(tmp_path) not in said.partition("Report: ")[0]
    folder = fetched(tmp_path, monkeypatch)
    nothing_lost(folder.state(), folder, requested=6)
    assert folder.report_path.exists()
    names = ObjectStorage(f"{BUCKET}/s").names()
    assert len([name for name in names if name.startswith("trials/")]) == 3, "the best weights of the best three"
    assert not any(name.startswith((".", "lease", "stop")) for name in names)
    listed = json.loads(finish(machine("b", "ls", "--json")))
    assert [(row["name"], row["finished"], row["state"]) for row in listed] == [("s", 6, "completed")]
    assert "s: completed, 6 of 6 trials" in finish(machine("b", "show", "s"))
    before = names["report.html"]
    finish(machine("b", "report", "s"))
    assert ObjectStorage(f"{BUCKET}/s").names()["report.html"] != before
    finish(machine("b", "resume", "s", "--epochs", "6", "--best", "1"))
    folder = fetched(tmp_path, monkeypatch)
    assert [one.epochs for one in folder.spec().longer] == [6] * len(folder.spec().longer), (
        "the question changed there too"
    )
    nothing_lost(folder.state(), folder, requested=6 + len(folder.spec().longer))


def test_a_machine_dies_and_another_goes_on(s3, machine, tmp_path, monkeypatch):
    process = machine("a", *launch_words("s", SLOW))
    wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 4)
    refused = machine("b", "resume", "s")
    assert '"s" is running on' in refused.communicate(timeout=PATIENCE)[0]
    assert refused.returncode == 2
    s3.stop()  # for a moment: nobody notices
    s3.start()
    process.kill()
    process.wait()
    before = fetched(tmp_path, monkeypatch).state()
    finish(machine("b", "resume", "s"))
    nothing_lost(before, fetched(tmp_path, monkeypatch), requested=6)


def test_it_is_stopped_from_another_machine(s3, machine, tmp_path, monkeypatch):
    process = machine("a", *launch_words("s", [*SLOW, "budget.trials=30"]))
    wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 1)
    stopped = finish(machine("b", "stop", "s"))
    assert f"tune resume s --storage {BUCKET}" in stopped
    assert "Stopped, as asked." in finish(process)
    assert fetched(tmp_path, monkeypatch).state().end.reason == "stopped"


def test_a_node_of_a_cluster_dies_and_the_other_goes_on_from_the_uri(s3, machine, tmp_path, monkeypatch):
    raylets = Raylets(workers=2, head_cpus=0)
    try:
        process = machine("a", *launch_words("s", SLOW), "--address", raylets.address)
        wait_until(lambda: epochs_recorded(fetched(tmp_path, monkeypatch)) >= 4)
        before = fetched(tmp_path, monkeypatch).state()
        raylets.remove()
        finish(process)
        folder = fetched(tmp_path, monkeypatch)
        nothing_lost(before, folder, requested=6)
        assert all(trial.starts <= 2 for trial in folder.state().trials.values())
    finally:
        raylets.close()
