"""`--log`: a sweep's trials in TensorBoard or MLflow as well, for people who look there. The record stays the truth.

Each logger hears an event once the record has it; whatever goes wrong in one is noted once and ends that logger, never
the sweep.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, Event, SweepEnded, TrialEnded, TrialStarted
from reports.records.state import SweepState

_NEEDS = {"tensorboard": "tensorboard", "mlflow": "mlflow-skinny"}  # package that each kind of log is written with


class TrialLogger(Protocol):
    """Hears every event of a sweep, with the state that the event has led to."""

    def __call__(self, event: Event, state: SweepState) -> None: ...


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


def open_loggers(kinds: tuple[str, ...], folder: SweepFolder, note: Callable[[str], None]) -> list[TrialLogger]:
    """A logger of each kind; `note` is told when one gives up."""
    opening: dict[str, Callable[[SweepFolder], TrialLogger]] = {
        "tensorboard": TensorBoardLogger,
        "mlflow": MlflowLogger,
    }
    return [_GuardedLogger(kind, opening[kind], folder, note) for kind in kinds]


class _GuardedLogger:
    """Keeps a logger's troubles from the sweep."""

    def __init__(
        self,
        kind: str,
        opening: Callable[[SweepFolder], TrialLogger],
        folder: SweepFolder,
        note: Callable[[str], None],
    ) -> None:
        self._kind, self._opening, self._folder, self._note = kind, opening, folder, note
        self._logger: TrialLogger | None = None
        self._broken = False

    def __call__(self, event: Event, state: SweepState) -> None:
        if self._broken:
            return
        try:
            self._logger = self._logger or self._opening(self._folder)
            self._logger(event, state)
        except Exception as error:  # the sweep goes on, though a server is away or a disk is full
            self._broken = True
            self._note(f"--log {self._kind} ended: {type(error).__name__}: {str(error).splitlines()[0][:200]}")


class TensorBoardLogger:
    """Event files under `<sweep>/tensorboard/<trial>`, with the settings of each trial (TensorBoard's HPARAMS)."""

    def __init__(self, folder: SweepFolder) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer, self._folder = SummaryWriter, folder.path / "tensorboard"
        self._objective = folder.spec().space.objective
        self._open: dict[str, Any] = {}

    def __call__(self, event: Event, state: SweepState) -> None:
        if isinstance(event, TrialStarted) and event.trial not in self._open:
            self._open[event.trial] = self._writer(str(self._folder / event.trial))
        elif isinstance(event, EpochEnded):
            writer = self._open[event.trial]
            for name, value in event.metrics.items():
                if value is not None:
                    writer.add_scalar(name, value, event.epoch, walltime=event.time)
            writer.flush()
        elif isinstance(event, TrialEnded) and event.trial in self._open:
            self._end(self._open.pop(event.trial), event, state)
        elif isinstance(event, SweepEnded):
            for writer in self._open.values():
                writer.close()

    def _end(self, writer: Any, event: TrialEnded, state: SweepState) -> None:
        from torch.utils.tensorboard.summary import hparams

        trial = state.trials[event.trial]
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

    def __call__(self, event: Event, state: SweepState) -> None:
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
        elif isinstance(event, TrialEnded):
            run_id, trial = self._runs[event.trial], state.trials[event.trial]
            self._client.set_tag(run_id, "ended", event.reason)
            best = trial.best(self._objective.metric, self._objective.mode)
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
