"""Sweeps on a real cluster of several raylets: launched, checked, and what happens when nodes come and go."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tests.house import ROOT
from tests.own_code import write_own
from tests.tune_jobs.raylets import Raylets
from tests.tune_jobs.sweeps import (
    PATIENCE,
    SLOW,
    TINY,
    epochs_recorded,
    finish,
    launch_words,
    nothing_lost,
    still_so,
    wait_for,
)
from tune_jobs.cluster.cluster import connect
from tune_jobs.errors import EXIT_PAUSED, EXIT_SIGINT

pytestmark = pytest.mark.slow
LONGER = [*SLOW, "budget.max_epochs=6"]


def two_nodes():
    """A head that runs no trials, and two nodes."""
    raylets = Raylets(workers=2, head_cpus=0)
    yield raylets
    raylets.close()


cluster = pytest.fixture(two_nodes)
lasting_cluster = pytest.fixture(two_nodes, scope="module")  # for those that do it no harm


def notes(folder: SweepFolder) -> list[str]:
    return [note.text for note in folder.state().notes]


def test_a_sweep_runs_on_all_nodes_of_a_cluster(lasting_cluster, command, folder):
    output = finish(command(*launch_words("s", TINY), "--address", lasting_cluster.address))
    nothing_lost(folder.state(), folder, requested=6)
    assert folder.state().starts[0].slots == 2
    assert {trial.slot for trial in folder.state().trials.values()} == {0, 1}
    assert all(trial.node for trial in folder.state().trials.values())
    assert "Best: trial" in output


def test_a_network_of_somebody_s_own_travels_to_nodes_that_do_not_see_its_folder(lasting_cluster, tmp_path):
    look = f"""
from tune_jobs.cluster.cluster import connect, on_node
from search_spaces.loading import load
from cnnmodels.own.code import code_of, use_code
load({str(write_own(tmp_path / "mine"))!r})
code = code_of("strange_nets:TinyNet")
def place(code):
    import sys
    use_code(code.model_copy(update={{"folder": None}}))
    return sys.modules["strange_layers"].__file__
with connect({lasting_cluster.address!r}, code) as cluster:
    import ray
    print(ray.get(on_node(cluster.nodes()[0].id, place, code), timeout=120))
"""
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert "py_modules_files" in done.stdout


def test_a_node_that_dies_costs_no_trial_and_counts_against_none(cluster, command, folder):
    process = command(*launch_words("s", LONGER), "--address", cluster.address)
    wait_for(lambda: epochs_recorded(folder) >= 3, process)
    before = folder.state()
    cluster.remove()
    finish(process)
    nothing_lost(before, folder, requested=6)
    assert any("node was lost" in text for text in notes(folder))
    assert not any("its worker was lost" in text for text in notes(folder))
    assert "the nodes have room for 1 trial at once now" in notes(folder)


def test_a_node_that_is_gone_for_five_seconds_or_joins_late_gets_work(command, folder):
    raylets = Raylets(workers=2, head_cpus=0)
    try:
        process = command(*launch_words("s", [*LONGER, "budget.trials=400"]), "--address", raylets.address)
        wait_for(lambda: epochs_recorded(folder) >= 2, process)
        raylets.remove()
        wait_for(lambda: "the nodes have room for 1 trial at once now" in notes(folder), process)
        time.sleep(5)
        raylets.add()
        before = epochs_recorded(folder)
        wait_for(lambda: "the nodes have room for 2 trials at once now" in notes(folder), process)
        wait_for(lambda: _slots_behind(folder, before) == {0, 1}, process)
        process.send_signal(signal.SIGINT)  # more trials would show nothing else
        process.communicate(timeout=PATIENCE)
        assert process.returncode == EXIT_SIGINT
        begun = folder.state()
        finish(command("resume", "s", "--trials", str(len(begun.trials)), "--address", raylets.address))
    finally:
        raylets.close()
    nothing_lost(begun, folder, requested=len(begun.trials))


def _slots_behind(folder, epochs):
    """Those in which trials were started once so many epochs had been recorded."""
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    seen, slots = 0, set()
    for line in lines:
        seen += line["event"] == "epoch"
        if line["event"] == "trial_started" and seen >= epochs:
            slots.add(line["slot"])
    return slots


def test_a_cluster_without_any_node_is_waited_for_as_long_as_is_wanted_and_no_trial_is_burnt(cluster, command, folder):
    """The raylets die, not what they have started: those workers hold their trials' files unless they end too."""
    words = [*launch_words("s", LONGER), "--address", cluster.address]
    process = command(*words, "--wait-for-nodes", "5s")
    wait_for(lambda: epochs_recorded(folder) >= 2, process)
    cluster.kill_raylets()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == EXIT_PAUSED, output
    assert "Warning: no node has room for a trial now; waiting for one, at most 5 s (--wait-for-nodes)" in output
    assert "Paused: no node of the cluster has had room for a trial for 5 s." in output
    cluster.add()
    cluster.add()
    before, epochs = folder.state(), epochs_recorded(folder)
    process = command("resume", "s", "--address", cluster.address)
    wait_for(lambda: epochs_recorded(folder) >= epochs + 2, process)
    cluster.kill_raylets()
    wait_for(lambda: sum("no node has room" in text for text in notes(folder)) == 2, process)
    cluster.add()
    cluster.add()
    output = finish(process)
    assert "The nodes have room for" in output
    nothing_lost(before, folder, requested=6)
    assert {trial.reason for trial in folder.state().trials.values()} <= {"completed", "pruned"}
    assert not any("its worker was lost" in text for text in notes(folder))


def test_what_the_sweep_hangs_on_is_lost_and_a_new_cluster_takes_it_up(cluster, command, folder):
    process = command(*launch_words("s", LONGER), "--address", cluster.address)
    wait_for(lambda: epochs_recorded(folder) >= 2, process)
    cluster.kill_raylet_of_head()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == EXIT_PAUSED, output
    assert "Paused: Ray's raylet on this machine has ended. Nothing that ended is lost." in output
    other = Raylets(workers=2, head_cpus=0)
    before, epochs = folder.state(), epochs_recorded(folder)
    process = command("resume", "s", "--address", other.address)
    wait_for(lambda: epochs_recorded(folder) >= epochs + 2, process)
    other.kill_head()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == EXIT_PAUSED
    lost = [f"the cluster at {other.address} no longer answers", "Ray's raylet on this machine has ended"]
    assert any(f"Paused: {what}. Nothing that ended is lost." in output for what in lost), "whichever is seen first"
    assert "tune resume s" in output
    still_so(before, folder.state())
    before = folder.state()
    other = Raylets(workers=2, head_cpus=0)
    try:
        finish(command("resume", "s", "--address", other.address))
    finally:
        other.close()
    nothing_lost(before, folder, requested=6)


def test_what_no_node_can_run_is_refused_with_what_each_has(lasting_cluster, command, tmp_path):
    process = command(*launch_words("s", [*TINY, "resources.cpus=2"]), "--address", lasting_cluster.address)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "no node has room for a trial of 2 CPUs and 0 GPUs" in output
    assert "what would fit is {cpus: 1, gpus: 0}" in output
    assert "Traceback" not in output
    assert not (tmp_path / "s").exists()


def test_an_open_cluster_is_not_joined(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    for address in ("127.0.0.1:6379", None):
        with pytest.raises(SweepError, match="RAY_AUTH_MODE=disabled: whoever reaches"), connect(address):
            pass
