"""The Python API on real tiny sweeps: silent, typed results, errors raised."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import plotly.graph_objects as go
import pytest

import tune_jobs
from reports.records.folder import SweepFolder
from tests.tune_jobs.sweeps import PATIENCE, SLOW, TINY, epochs_recorded, nothing_lost, wait_for

pytestmark = pytest.mark.slow
SHORT = [*TINY, "budget.max_epochs=1", "budget.reduction_factor=null"]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        path = tmp_path_factory.mktemp("cache")
        patched.setenv("CNN_TUNE_CACHE", str(path))
        yield path


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    return tmp_path_factory.mktemp("sweeps")


@pytest.fixture(scope="module")
def sweep(storage, cache):
    """Four trials; its learning rates are so far apart that the default does not win."""
    knobs = ["search.lr={choice: [0.000001, 0.01], default: 0.000001}", "fixed.optimizer=adam"]
    overrides = [*TINY, *knobs, "budget.reduction_factor=null"]
    return tune_jobs.launch("seg_unet", name="s", trials=4, overrides=overrides, storage=storage)


def test_a_launch_is_silent_and_its_results_are_at_hand(tmp_path, capfd):
    umask = os.umask(0o022)
    try:
        done = tune_jobs.launch("seg_unet", trials=2, overrides=SHORT, storage=tmp_path, time_limit="10m")
        assert os.umask(0o022) == 0o022, "files that come later are made as before"
    finally:
        os.umask(umask)
    assert capfd.readouterr() == ("", "")
    assert (done.name, done.path, done.outcome, done.paused_by) == (
        "seg_unet",
        tmp_path / "seg_unet",
        "completed",
        None,
    )
    assert len(done.trials) == 2
    assert done.path.stat().st_mode & 0o077 == 0
    assert (done.path / "report.html").exists()
    assert done.spec.command.startswith("tune launch seg_unet --trials 2 --time-limit 10m --seed 0 --set ")


def test_a_sweep_gives_its_best_its_frames_and_its_figures(sweep):
    assert sweep.best["trial"] in set(sweep.trials["trial"])
    assert 0 <= sweep.best["value"] <= 1
    assert isinstance(sweep.figures.learning_curves(), go.Figure)


def test_a_sweep_is_taken_apart_beside_itself(sweep, storage):
    ablation = sweep.ablate(seeds=1)
    assert (ablation.name, ablation.outcome) == ("s-ablation", "completed")
    assert ablation.spec.command == f"tune ablate s --seeds 1 --storage {storage}"
    assert ablation.spec.ablation_of == "s"
    assert len(ablation.trials) == len(ablation.spec.plan)


def test_a_sweep_is_resumed_with_more_trials(sweep, capfd):
    before = SweepFolder(sweep.path).state()
    again = tune_jobs.open(sweep.path)
    assert again.resume(trials=6, progress=True) is again
    said = capfd.readouterr().out
    assert "Sweep s: " in said
    assert "[6/6] trial " in said
    nothing_lost(before, SweepFolder(sweep.path), requested=6)
    assert len(sweep.trials) == 6, "what is open already sees what came later"


def test_a_sweep_goes_on_with_its_best_trained_longer_and_with_a_wider_range(tmp_path):
    knobs = ["search={lr: {log_uniform: [0.0001, 0.01], default: 0.01}}", "fixed.scheduler=none", "named={}"]
    done = tune_jobs.launch("seg_unet", trials=1, overrides=[*SHORT, *knobs], storage=tmp_path)
    done.resume(epochs=2, widen="lr")
    trials = SweepFolder(done.path).state().trials  # in the order in which they began, side by side
    longer, wider = trials["0001"], trials["0002"]
    assert (longer.continues, longer.reason, len(longer.epochs)) == ("0000", "completed", 2)
    assert (wider.continues, wider.reason, len(wider.epochs)) == (None, "completed", 1)
    assert done.spec.space.search["lr"].ends() == [1e-4, 0.1]
    assert "further trial" in (done.path / "report.html").read_text()


def test_a_sweep_goes_on_over_another_space_with_the_trials_that_lie_in_it(tmp_path):
    knobs = ["search={lr: {log_uniform: [0.0001, 0.01], default: 0.01}}", "named={low: {lr: 0.0001}}"]
    done = tune_jobs.launch("seg_unet", trials=2, overrides=[*SHORT, *knobs], storage=tmp_path)
    parts = {"search": {"lr": {"log_uniform": [0.001, 0.1], "default": 0.01}}, "data": {"name": "streets"}}
    (tmp_path / "new.yaml").write_text(json.dumps(done.spec.space.as_written() | parts | {"named": {}}))
    before = SweepFolder(done.path).state()
    done.resume(space=tmp_path / "new.yaml")
    folder = SweepFolder(done.path)
    nothing_lost(before, folder, requested=3)
    assert [trial.trial for trial in folder.state().outside] == ["0001"]
    assert done.best["trial"] != "0001"
    assert done.trials.loc[done.trials["outside"], "trial"].tolist() == ["0001"]
    assert folder.spec().source == str(tmp_path / "new.yaml")
    said = "The search space was changed after 2 trials, 0001 outside: lr 0.001 to 0.1, log scale, was 0.0001 to 0.01"
    assert said in (done.path / "report.html").read_text()
    done.resume(trials=4)
    assert folder.state().trials["0003"].config["lr"] >= 0.001


def test_what_fails_a_constraint_is_not_trained_and_never_the_best(tmp_path):
    knobs = ["search={width: {choice: [4, 8, 16, 32], default: 32}}", "named={small: {width: 4}}"]
    knobs = [*(one for one in SHORT if "fixed" not in one), "fixed={levels: 2}", *knobs]
    done = tune_jobs.launch("seg_unet", trials=4, overrides=knobs, constraints=["parameters<=8000"], storage=tmp_path)
    state = SweepFolder(done.path).state()
    assert done.outcome == "completed"
    reasons = {one.config["width"]: one.reason for one in state.trials.values()}
    assert reasons == {4: "completed", 8: "completed", 16: "infeasible", 32: "infeasible"}
    assert all(one.known["parameters"] > 8000 for one in state.trials.values() if one.config["width"] > 8)
    assert state.yardsticks, "they are measured though the default is not trained"
    assert done.best["settings"]["width"] in (4, 8)
    said = "2 of 4 trials fail a constraint (2 parameters&lt;=8000), and none of them can be the best; 2 were not"
    assert said in (done.path / "report.html").read_text()


def test_sweeps_are_listed_and_opened(sweep, storage):
    assert sweep.name in [one.name for one in tune_jobs.list_sweeps(storage)]
    assert tune_jobs.open(f"{sweep.path}/").best == sweep.best
    assert tune_jobs.list_sweeps(storage / "nowhere") == []
    assert tune_jobs.open(sweep.path).report() == sweep.path / "report.html"


def test_what_cannot_work_is_raised_and_not_printed(sweep, storage, tmp_path, capfd):
    with pytest.raises(tune_jobs.UserError, match="Did you mean `seg_unet`"):
        tune_jobs.launch("seg_unett", storage=tmp_path)
    with pytest.raises(tune_jobs.UserError, match="nowhere: no such folder"):
        tune_jobs.launch("seg_unet", data="nowhere", storage=tmp_path)
    with pytest.raises(tune_jobs.UserError, match=r'"s" exists'):
        tune_jobs.launch("seg_unet", name="s", storage=storage)
    with pytest.raises(tune_jobs.UserError, match="--seed -1: use 0 to"):
        tune_jobs.launch("seg_unet", seed=-1, storage=tmp_path)
    with pytest.raises(tune_jobs.UserError, match=f"{tmp_path}: no sweep called 'x' here"):
        tune_jobs.open(tmp_path / "x")
    with pytest.raises(tune_jobs.UserError, match="s is complete"):
        sweep.stop()
    with pytest.raises(tune_jobs.UserError, match="--seeds 0: use 1 or more"):
        sweep.ablate(seeds=0)
    with pytest.raises(tune_jobs.UserError, match="--time-limit soon: must be seconds"):
        sweep.resume(time_limit="soon")
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_plan_is_numbers(tmp_path, capfd):
    cost = tune_jobs.plan("seg_unet", trials=10, overrides=TINY, storage=tmp_path)
    assert (cost.trials, cost.epochs_unpruned) == (10, 40)
    assert 0 < cost.seconds <= cost.seconds_unpruned
    assert cost.disk_bytes > 0
    assert capfd.readouterr() == ("", "")


def in_a_thread(launch):
    done = []
    thread = threading.Thread(target=lambda: done.append(launch()))
    thread.start()
    thread.join()
    return done[0]


ONE_EPOCH = {"budget.max_epochs": 1, "budget.reduction_factor": None, "data.images": 20, "fixed.width": 4}
ONE_EPOCH |= {"data.image_size": [24, 32], "fixed.levels": 2}
UNDER_A_LOOP = """
import asyncio, tune_jobs

async def main():
    return tune_jobs.launch("seg_unet", trials=1, overrides={overrides!r}, storage={storage!r})

print(asyncio.run(main()).outcome)
"""


def test_a_sweep_runs_in_a_thread(tmp_path):
    done = in_a_thread(lambda: tune_jobs.launch("seg_unet", trials=1, overrides=ONE_EPOCH, storage=tmp_path))
    assert done.outcome == "completed"
    assert len(done.trials) == 1


def test_a_sweep_runs_under_a_running_event_loop_as_in_a_notebook(tmp_path):
    script = UNDER_A_LOOP.format(overrides=ONE_EPOCH, storage=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "completed\n", done.stderr


def test_control_c_ends_the_sweep_in_order_and_is_raised(tmp_path):
    script = f"import tune_jobs\ntune_jobs.launch('seg_unet', name='s', overrides={SLOW!r}, storage={str(tmp_path)!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    folder = SweepFolder(tmp_path / "s")
    wait_for(lambda: epochs_recorded(folder) >= 2, process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE)
    assert "KeyboardInterrupt: s ended in order; go on with tune_jobs.open(" in said
    assert folder.state().end.reason == "interrupted"
    assert tune_jobs.open(folder.path).outcome == "interrupted"
