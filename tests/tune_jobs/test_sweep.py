"""Whole sweeps on a real Ray, in this process."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from cnnmodels.checkpoint import TrialCheckpoints
from reports.analysis.summary import search_worth
from reports.records.folder import SweepFolder
from tests.tune_jobs.sweeps import TINY, nothing_lost
from tune_jobs.cli.last_words import conclude, exit_code
from tune_jobs.cluster.cluster import connect
from tune_jobs.driver import launch, resume
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.progress import SilentProgress, TerminalProgress

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def ray_started_once():
    with connect():
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(tmp_path, cache):
    """Launch a tiny sweep; its exit code, its folder and what was said."""

    def run_one(*overrides: str, name: str | None = "s", seed: int = 0) -> tuple[int, SweepFolder, str]:
        said = io.StringIO()
        console = Console(file=said, width=100)
        options = LaunchOptions("seg_unet", name=name, seed=seed, overrides=(*TINY, *overrides))
        target = LaunchTarget(tmp_path, cache)
        code = conclude(launch(options, TerminalProgress(console), command="tune launch", target=target), console)
        return code, SweepFolder(tmp_path / (name or "seg_unet")), said.getvalue()

    return run_one


def test_a_sweep_from_nothing_to_its_report(run):
    code, folder, said = run()
    assert code == 0
    nothing_lost(folder.state(), folder, requested=6)
    assert folder.state().end.reason == "completed"
    assert "using generated streets" in said
    assert re.search(r"(better than|beat|It is) the (default configuration|most frequent class)", said)
    assert folder.state().yardsticks[0].name in said
    assert folder.state().yardsticks[0].name in folder.report_path.read_text()
    assert "Pruned:" in said
    assert "report.html" in said
    assert folder.report_path.stat().st_size > 1_000_000
    assert (folder.gallery_path / "gallery.json").exists()


def test_the_default_configuration_is_trial_0_and_runs_to_its_end(run):
    _, folder, _ = run()
    default = folder.state().trials["0000"]
    assert (default.config["lr"], default.config["optimizer"], default.config["batch_size"]) == (4e-3, "adamw", 4)
    assert len(default.epochs) == 4


def test_the_kept_weights_are_those_of_the_best_epoch(run):
    _, folder, _ = run()
    ranked = folder.state().ranked("val_miou", "max")
    kept = {path.parent.name for path in folder.path.glob("trials/*/best.pt")}
    assert kept == {trial.trial for trial in ranked[:3]}
    epoch, value = ranked[0].best("val_miou", "max")
    best = TrialCheckpoints(folder.trial_path(ranked[0].trial)).load_best()
    assert (best.epoch, best.history[-1]["val_miou"]) == (epoch, value)


def test_a_seed_reproduces_each_configuration_it_shares(run):
    """What the sampler proposes may depend on which trial ends first; what a configuration gives does not."""
    _, one, _ = run(name="one")
    _, other, _ = run(name="other")
    metrics = {json.dumps(trial.config): trial.values("val_miou") for trial in one.state().trials.values()}
    shared = [trial for trial in other.state().trials.values() if json.dumps(trial.config) in metrics]
    assert shared
    for trial in shared:
        epochs = metrics[json.dumps(trial.config)].keys() & trial.values("val_miou").keys()
        assert all(metrics[json.dumps(trial.config)][epoch] == trial.values("val_miou")[epoch] for epoch in epochs)


def test_a_name_that_is_taken_is_refused_and_without_one_the_next_is_free(run):
    from reports.records.errors import SweepError

    run(name=None)
    with pytest.raises(SweepError, match=r'"seg_unet" exists \(6 of 6 trials done\): tune resume seg_unet, or'):
        run(name="seg_unet")
    _, _, said = run(name=None)
    assert "seg_unet-2" in said


def test_a_finished_sweep_can_be_extended(run, tmp_path, cache):
    from reports.records.errors import SweepError

    _, folder, _ = run()
    before = folder.state()
    target, silent = LaunchTarget(tmp_path, cache), SilentProgress()
    with pytest.raises(SweepError, match=r"is complete \(6 trials\). More: tune resume s --trials 12"):
        resume(folder, target, silent)
    assert exit_code(resume(folder, target, silent, trials=9)) == 0
    nothing_lost(before, folder, requested=9)


def test_images_that_changed_are_not_mixed_into_an_old_sweep(run, tmp_path, cache):
    from reports.records.errors import SweepError

    _, folder, _ = run()
    spec = json.loads(folder.spec_path.read_text())
    spec["data"]["fingerprint"] = "another"
    folder.spec_path.write_text(json.dumps(spec))
    with pytest.raises(SweepError, match="the images have changed"):
        resume(folder, LaunchTarget(tmp_path, cache), SilentProgress(), trials=9)


def test_a_time_limit_ends_a_sweep_that_can_be_resumed(run, tmp_path, cache):
    code, folder, said = run("budget.trials=3000", "budget.time_limit=45")
    assert code == 0
    assert "The time limit was reached." in said
    assert folder.state().end.reason == "time_limit"
    assert f"tune resume s --storage {tmp_path}" in said
    before = folder.state()
    asked = len(before.trials) + 2  # all that had begun may have ended in the same moment
    assert exit_code(resume(folder, LaunchTarget(tmp_path, cache), SilentProgress(), trials=asked)) == 0
    nothing_lost(before, folder, requested=asked)


def test_trials_that_raise_are_results_and_the_sweep_goes_on(run):
    """A single image at one pixel is more than batch norm can take."""
    failing = ["data.image_size=[16,16]", "fixed.levels=5", "search.batch_size={choice: [1, 4], default: 4}"]
    code, folder, said = run(*failing, "budget.trials=8", "budget.reduction_factor=null", "budget.max_epochs=1")
    state = folder.state()
    failed = [trial for trial in state.trials.values() if trial.reason == "failed"]
    assert code == 0
    assert len(state.finished) == 8
    assert failed
    assert all(trial.config["batch_size"] == 1 for trial in failed)
    assert all(trial.starts == 1 for trial in failed), "an error of the configuration is not tried again"
    assert "ValueError: Expected more than 1 value per channel" in failed[0].error
    assert f"Failed or diverged: {len(failed)}" in said
    assert "Expected more than 1 value per channel" in folder.report_path.read_text()


def test_the_same_error_five_times_in_a_row_ends_the_sweep(run):
    failing = ["data.image_size=[16,16]", "fixed.levels=5", "fixed.batch_size=1", "budget.trials=30"]
    code, folder, said = run(*failing)
    assert code == 3
    assert folder.state().end.reason == "failed"
    assert 5 <= len(folder.state().finished) <= 6
    assert "No trial gave a result." in said
    assert "Expected more than 1 value per channel" in said
    assert folder.report_path.exists()


def test_trials_that_diverge_at_once_end_with_exit_code_3_and_a_report(run):
    """Weight decay at this rate multiplies the weights by nine a step."""
    hopeless = ["fixed.optimizer=sgd", "fixed.weight_decay=1.0", "fixed.batch_size=1", "data.images=60"]
    lr = "search.lr={uniform: [9.9, 10.0], default: 10.0}"
    code, folder, said = run(*hopeless, lr, "budget.trials=3")
    assert code == 3
    assert {trial.reason for trial in folder.state().trials.values()} == {"diverged"}
    assert "No trial gave a result." in said
    assert "no longer finite" in folder.report_path.read_text()


def test_patience_stops_trials_early_and_says_so(run):
    standing_still = "search.lr={uniform: [1e-9, 1e-8], default: 1e-9}"
    budget = ["budget.patience=1", "budget.reduction_factor=null", "budget.max_epochs=12"]
    code, folder, _ = run(*budget, standing_still)
    assert code == 0
    reasons = {trial.reason for trial in folder.state().trials.values()}
    assert "stopped_early" in reasons
    assert "pruned" not in reasons


def test_real_street_scenes_are_searched_in_the_same_way(tmp_path, cache, shared_data):
    options = LaunchOptions("seg_unet", data=shared_data / "camvid", name="camvid", trials=3, overrides=tuple(TINY))
    code = exit_code(launch(options, SilentProgress(), command="tune", target=LaunchTarget(tmp_path, cache)))
    folder = SweepFolder(tmp_path / "camvid")
    assert code == 0
    assert search_worth(folder.state(), folder.spec().space.objective).best_value > 0
    assert "val_iou_bicyclist" in next(iter(folder.state().trials["0000"].epochs.values())).metrics
