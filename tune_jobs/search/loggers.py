"""`--log`: a sweep's trials in TensorBoard or MLflow as well, for people who look there. The record stays the truth.

Each logger hears an event once the record has it, in a thread beside the driver: a server that hangs keeps nobody
waiting. Whatever goes wrong in one is noted once and ends that logger, never the sweep.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, Event, SweepEnded, TrialEnded, TrialStarted
from reports.records.state import SweepState, TrialState
from tune_jobs.search.background import Background

_CALL_SECONDS = 60.0  # a logger that takes longer over one event is given up
_NEEDS = {"tensorboard": "tensorboard", "mlflow": "mlflow-skinny"}  # package that each kind of log is written with


class TrialLogger(Protocol):
    """Hears every event of a sweep; that a trial has ended, with the trial, which changes no more then."""

    def __call__(self, event: Event, ended: TrialState | None) -> None: ...


def check_loggers(kinds: Iterable[str]) -> None:
    """Refuse what cannot be logged to, before any work is done.

    Raises:
        SweepError: there is no such log, or its package is not installed.
    """
    for kind in kinds:
        if kind not in _NEEDS:
            raise SweepError(f"--log {kind}: no such log; there are {', '.join(_NEEDS)}")
        if importlib.util.find_spec(kind) is None:
            raise SweepError(f"--log {kind}: needs a package that is not installed: pip install {_NEEDS[kind]}")


def open_loggers(kinds: Iterable[str], folder: SweepFolder) -> list[LoggerBeside]:
    """A logger of each kind."""
    opening: dict[str, Callable[[SweepFolder], TrialLogger]] = {
        "tensorboard": TensorBoardLogger,
        "mlflow": MlflowLogger,
    }
    return [LoggerBeside(kind, partial(opening[kind], folder)) for kind in kinds]


class LoggerBeside:
    """A logger that runs beside the driver; its troubles stay its own."""

    def __init__(self, kind: str, opening: Callable[[], TrialLogger], limit: float = _CALL_SECONDS) -> None:
        """`opening` may hang too; `limit` is how many seconds one event may take."""
        self._kind = kind
        self._beside = Background(f"log-{kind}", limit)
        self._logger: TrialLogger | None = None
        self._given_up = False
        self._beside.ask(lambda: self._open(opening))

    def hear(self, event: Event, state: SweepState) -> str | None:
        """Tell it an event and the state that this has led to; what a person should know of it, once."""
        if self._given_up:
            return None
        if trouble := self._beside.trouble:
            return self._give_up(trouble)
        ended = state.trials[event.trial] if isinstance(event, TrialEnded) else None
        self._beside.ask(lambda: self._tell(event, ended))
        return None

    def close(self, seconds: float) -> str | None:
        """Let it take what it has heard, for so long at most; what a person should know of it."""
        if self._given_up:
            return None
        trouble = self._beside.close(seconds)
        return self._give_up(trouble) if trouble else None

    def _give_up(self, trouble: str) -> str:
        self._given_up = True
        return f"--log {self._kind} ended: {trouble}"

    def _open(self, opening: Callable[[], TrialLogger]) -> None:
        self._logger = opening()

    def _tell(self, event: Event, ended: TrialState | None) -> None:
        assert self._logger is not None
        self._logger(event, ended)


class TensorBoardLogger:
    """Event files under `<sweep>/tensorboard/<trial>`, with the settings of each trial (TensorBoard's HPARAMS)."""

    def __init__(self, folder: SweepFolder) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer, self._folder = SummaryWriter, folder.path / "tensorboard"
        self._objective = folder.spec().space.objective
        self._open: dict[str, Any] = {}

    def __call__(self, event: Event, ended: TrialState | None) -> None:
        if isinstance(event, TrialStarted) and event.trial not in self._open:
            self._open[event.trial] = self._writer(str(self._folder / event.trial))
        elif isinstance(event, EpochEnded):
            writer = self._open[event.trial]
            for name, value in event.metrics.items():
                if value is not None:
                    writer.add_scalar(name, value, event.epoch, walltime=event.time)
            writer.flush()
        elif isinstance(event, TrialEnded) and ended is not None and event.trial in self._open:
            self._end(self._open.pop(event.trial), event, ended)
        elif isinstance(event, SweepEnded):
            for writer in self._open.values():
                writer.close()

    def _end(self, writer: Any, event: TrialEnded, trial: TrialState) -> None:
        from torch.utils.tensorboard.summary import hparams

        best = trial.best(self._objective.metric, self._objective.mode)
        metrics = {f"best/{self._objective.metric}": best[1]} if best else {}
        for part in hparams({**_plain(trial.config), "ended": event.reason}, metrics):  # type: ignore[no-untyped-call]
            writer.file_writer.add_summary(part)
        for name, value in metrics.items():
            writer.add_scalar(name, value, max(trial.epochs))
        writer.close()


class MlflowLogger:
    """A run for each trial in an experiment named like the sweep, at `MLFLOW_TRACKING_URI` or beside the sweeps."""

    def __init__(self, folder: SweepFolder) -> None:
        uri = os.environ.get("MLFLOW_TRACKING_URI") or (folder.path.resolve().parent / "mlruns").as_uri()
        if uri.startswith("file:"):
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # without it, MLflow refuses files
        import mlflow

        self._client = mlflow.MlflowClient(tracking_uri=uri)
        self._objective = folder.spec().space.objective
        known = self._client.get_experiment_by_name(folder.name)
        self._experiment = known.experiment_id if known else self._client.create_experiment(folder.name)
        self._runs = {  # a resume goes on with the runs that it finds
            run.data.tags["trial"]: run.info.run_id
            for run in self._client.search_runs([self._experiment], max_results=50_000)
            if "trial" in run.data.tags
        }

    def __call__(self, event: Event, ended: TrialState | None) -> None:
        from mlflow.entities import Metric, Param

        if isinstance(event, TrialStarted):
            if event.trial not in self._runs:
                run = self._client.create_run(self._experiment, tags={"trial": event.trial}, run_name=event.trial)
                self._runs[event.trial] = run.info.run_id
                params = [Param(name, str(value)) for name, value in _plain(event.config).items()]
                self._client.log_batch(run.info.run_id, params=params)
            self._client.update_run(self._runs[event.trial], status="RUNNING")
        elif isinstance(event, EpochEnded):
            milliseconds = int(event.time * 1000)
            finite = {name: value for name, value in event.metrics.items() if value is not None}
            metrics = [Metric(name, value, milliseconds, event.epoch) for name, value in finite.items()]
            self._client.log_batch(self._runs[event.trial], metrics=metrics)
        elif isinstance(event, TrialEnded) and ended is not None:
            run_id = self._runs[event.trial]
            self._client.set_tag(run_id, "ended", event.reason)
            best = ended.best(self._objective.metric, self._objective.mode)
            if best is not None:
                self._client.log_metric(run_id, f"best_{self._objective.metric}", best[1])
            status = {"failed": "FAILED", "diverged": "FAILED", "interrupted": "KILLED"}.get(event.reason, "FINISHED")
            self._client.set_terminated(run_id, status)


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """Settings as these tools take them: what is no plain value becomes JSON text."""
    return {
        knob: value if isinstance(value, bool | int | float | str) else json.dumps(value)
        for knob, value in config.items()
    }
