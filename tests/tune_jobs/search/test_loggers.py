"""Where people already are: optuna-dashboard on a sweep's study, TensorBoard and MLflow beside its record."""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import SweepEnded
from reports.records.spec import DataSummary, SweepSpec
from search_spaces.loading import load
from tests.tune_jobs.sweeps import PATIENCE
from tune_jobs.search import scheduler as scheduling
from tune_jobs.search.loggers import check_loggers
from tune_jobs.search.messages import EpochMessage, FailureMessage
from tune_jobs.search.scheduler import SweepScheduler

pytestmark = pytest.mark.slow
SMALL = ["budget.trials=6", "budget.max_epochs=4", "budget.reduction_factor=2", "data.images=20"]
DATA = DataSummary(layout="none", fingerprint="0", classes=("a",), colors=((0, 0, 0),), counts={}, image_size=(8, 8))


def swept(path: Path, *logs: str, stop_after: int | None = None) -> SweepFolder:
    """A sweep of made-up curves by the real scheduler: completed, pruned and failed trials."""
    folder = SweepFolder(path)
    path.mkdir(exist_ok=True)
    space = load("seg_unet", SMALL)
    spec = SweepSpec(name=path.name, command="", source="", seed=0, versions={}, space=space, data=DATA, log=logs)
    write_atomically(folder.spec_path, spec.model_dump_json())
    scheduler = SweepScheduler(folder, spec, trials=6, slots=1)
    told = 0
    while assignment := scheduler.next_trial():
        scheduler.started(assignment, node="n", slot=0)
        done = max(scheduler.state.trials[assignment.trial].epochs, default=0)
        for epoch in range(done + 1, 5):
            if told == stop_after:
                scheduler._keeper.close(PATIENCE)  # killed once all was written
                return folder
            told += 1
            failed = assignment.trial == "0002"
            value = 0.6 if failed else 0.5 - 0.05 * int(assignment.trial) + 0.01 * epoch
            metrics = {"val_miou": value, "train_loss": float("nan") if epoch == 2 else 1.0}
            report = EpochMessage(
                assignment.trial,
                epoch,
                metrics,
                {"train": 1.0},
                ended="completed" if epoch == 4 else None,
            )
            if scheduler.hear(report) or (failed and scheduler.hear(FailureMessage("0002", "ValueError: no"))):
                break
    scheduler.close(SweepEnded(reason="completed"))
    return folder


def test_optuna_dashboard_shows_every_trial_in_its_state_with_its_values(tmp_path):
    folder = swept(tmp_path / "s")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "optuna-dashboard"), str(folder.journal_path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        (study,) = _asked_of(f"http://127.0.0.1:{port}/api/studies")["study_summaries"]
        assert study["study_name"] == "s"
        shown = _asked_of(f"http://127.0.0.1:{port}/api/studies/{study['study_id']}")["trials"]
    finally:
        process.terminate()
        process.wait(20)
    by_name = {
        next(attr["value"].strip('"') for attr in trial["user_attrs"] if attr["key"] == "trial"): trial
        for trial in shown
    }
    state = folder.state()
    assert by_name.keys() == state.trials.keys()
    words = {"completed": "Complete", "pruned": "Pruned", "failed": "Fail"}
    assert {trial.reason for trial in state.trials.values()} == words.keys()
    for name, trial in state.trials.items():
        assert by_name[name]["state"] == words[trial.reason]
        values = {value["step"]: value["value"] for value in by_name[name]["intermediate_values"]}
        assert values == pytest.approx(trial.values("val_miou"))


def _asked_of(address: str, seconds: float = 60) -> dict:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_tensorboard_reads_curves_and_settings_of_every_trial(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    folder = swept(tmp_path / "s", "tensorboard")
    for name, trial in folder.state().trials.items():
        seen = EventAccumulator(str(folder.path / "tensorboard" / name)).Reload()
        curve = {event.step: event.value for event in seen.Scalars("val_miou")}
        assert curve == pytest.approx(trial.values("val_miou"), rel=1e-6)
        written = seen.summary_metadata[metadata.SESSION_START_INFO_TAG].plugin_data.content
        settings = plugin_data_pb2.HParamsPluginData.FromString(written).session_start_info.hparams
        assert settings["optimizer"].string_value == trial.config["optimizer"]
        assert settings["ended"].string_value == trial.reason


def test_mlflow_holds_a_run_for_each_trial_and_a_resume_goes_on_with_it(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    swept(tmp_path / "s", "mlflow", stop_after=7)
    folder = swept(tmp_path / "s", "mlflow")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("s")
    runs = {run.data.tags["trial"]: run for run in client.search_runs([experiment.experiment_id])}
    state = folder.state()
    assert runs.keys() == state.trials.keys()
    for name, run in runs.items():
        trial = state.trials[name]
        history = client.get_metric_history(run.info.run_id, "val_miou")
        assert {one.step: one.value for one in history} == pytest.approx(trial.values("val_miou"))
        assert run.data.params["optimizer"] == trial.config["optimizer"]
        assert run.info.status == ("FAILED" if trial.reason == "failed" else "FINISHED")
        assert run.data.tags["ended"] == trial.reason


def test_a_log_that_breaks_is_noted_once_and_the_sweep_goes_on(tmp_path, monkeypatch):
    (tmp_path / "in the way").write_text("")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "in the way").as_uri())
    state = swept(tmp_path / "s", "mlflow").state()
    assert len(state.finished) == 6
    (note,) = state.notes
    assert note.text.startswith("--log mlflow ended: ")


def test_a_server_that_hangs_keeps_the_sweep_from_nothing_and_is_noted_once(tmp_path, monkeypatch):
    with socket.socket() as silent:  # takes a connection and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(scheduling, "_LOGGERS_SECONDS", 0.5)
        state = swept(tmp_path / "s", "mlflow").state()
    assert len(state.finished) == 6
    assert state.end.reason == "completed"
    (note,) = state.notes
    assert note.text.startswith("--log mlflow ended: it had not taken everything ")


def test_a_log_that_is_not_installed_or_unknown_is_refused_before_anything_runs(monkeypatch):
    with pytest.raises(SweepError, match="--log wandb: no such log; there are tensorboard, mlflow"):
        check_loggers(["wandb"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SweepError, match="pip install mlflow-skinny"):
        check_loggers(["mlflow"])
