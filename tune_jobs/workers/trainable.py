"""One Ray trial around `cnnmodels.training.fit`: what runs in a worker process.

A worker is warm: it imports torch once, maps the data once, and runs trial after trial; each trial builds everything
that it uses. All that a trial can say (an epoch, its end, an error of its own) is a TrialMessage; an exception that
leaves this class means that the process itself is unwell, and only that is retried by Ray.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict
from ray import tune

from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError
from cnnmodels.metric_table import Mode
from cnnmodels.own.code import OwnCode, use_code
from reports.records.state import DEFAULT_TRIAL
from tune_jobs.resources.gpu_share import is_out_of_memory, tensors_part
from tune_jobs.search.messages import (
    DataFaultMessage,
    EpochMessage,
    FailureMessage,
    InfeasibleMessage,
    NoteMessage,
    StorageFaultMessage,
    TrialMessage,
)
from tune_jobs.storage.checkpoints import RemoteCheckpoints
from tune_jobs.storage.faults import is_storage_fault
from tune_jobs.workers.first_look import first_look
from tune_jobs.workers.known_before import infeasible_before, measured_before
from tune_jobs.workers.orphan_watch import end_with_raylet

if TYPE_CHECKING:
    from cnnmodels.data import ImageData

MESSAGE = "message"  # the one key of a result that Ray carries from a worker to the driver
_PATIENCE_SECONDS = 5  # the worker of a driver that died is gone by then
_LOCK_SECONDS = 60  # one whose node is cut off may hold its trial's lock for so long


class TrialContext(BaseModel):
    """What all trials of a sweep share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: Path | None  # folder of the trials' checkpoints; None: each node's own, since the sweep is at a URI
    uri: str | None  # of the sweep
    data: DataSpec
    cache: Path | None  # None: each node's own
    fingerprint: str  # of the images that every node must find
    metric: str
    mode: Mode
    threads: int
    first_look: bool = False  # whether the worker of the first trial is to measure what doing nothing gives
    preflight: bool = False  # and whether the default configuration can learn at all
    code: OwnCode | None = None  # somebody's own, that the configurations name
    constraints: tuple[str, ...] = ()  # of the sweep
    latency: bool = False  # whether it asks how long a network takes for one image

    def trial_path(self, trial: str) -> Path:
        """The trial's folder on this machine."""
        if self.trials is not None:
            return self.trials / trial
        from cnnmodels.data import default_cache

        sweep = hashlib.sha256(str(self.uri).encode()).hexdigest()[:16]
        return (self.cache or default_cache()) / "trials" / sweep / trial

    def turns_path(self) -> Path:
        """Where trials of this machine, of all sweeps with this cache, agree on who measures alone."""
        from cnnmodels.data import default_cache

        return (self.cache or default_cache()) / "turns" / platform.node()

    def weights(self, trial: str) -> RemoteCheckpoints | None:
        """The trial's checkpoints at the URI of the sweep, if it has one."""
        return RemoteCheckpoints(self.uri, trial, self.trial_path(trial)) if self.uri else None


class TrialHeldError(Exception):
    """Another process still holds the trial's files."""


class TrialRunner(tune.Trainable):  # type: ignore[misc]  # Ray is untyped
    """Runs the trial that its `config` assigns: {context, trial, config, gpus, gpu_numbers}."""

    def setup(self, config: dict[str, Any]) -> None:
        os.umask(0o077)
        end_with_raylet()
        self._lock: FileLock | None = None
        self._away: RemoteCheckpoints | None = None
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """The same process takes up its next trial."""
        self._begin(new_config)
        return True

    def step(self) -> dict[str, Any]:
        return {MESSAGE: next(self._messages)}

    def release(self) -> None:
        """The trial is over: what it held goes now, since the process may wait long for its next one."""
        self._messages.close()
        self._let_go()
        free_gpu_memory()

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Something else, between two trials or after the last one."""
        return function(*arguments)

    def cleanup(self) -> None:
        self._let_go()

    def _begin(self, config: dict[str, Any]) -> None:
        self._let_go()
        context = TrialContext.model_validate(config["context"])
        folder = context.trial_path(config["trial"])
        # Where the storage of the sweep has gone, no folder is made in its place.
        folder.mkdir(exist_ok=True, parents=context.trials is None)
        self._lock = FileLock(folder / ".lock")
        self._away = context.weights(config["trial"])
        self._messages = self._run(
            run_trial(config["trial"], config["config"], context, config["gpus"], config["gpu_numbers"]),
            config["trial"],
        )

    def _run(self, messages: Generator[TrialMessage], trial: str) -> Generator[TrialMessage]:
        """Take the trial's lock first, here and not in `_begin`: Ray gives a trial up for good that fails before.

        Raises:
            TrialHeldError: another process holds the lock.
        """
        assert self._lock is not None
        try:
            self._lock.acquire(timeout=_PATIENCE_SECONDS)
        except Timeout:
            yield NoteMessage(trial, "its files are still held by the worker that had it before; it waits")
            try:
                self._lock.acquire(timeout=_LOCK_SECONDS)
            except Timeout:
                raise TrialHeldError(trial) from None
        yield from messages

    def _let_go(self) -> None:
        if self._away is not None:
            self._away.forget()
            self._away = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def run_trial(
    trial: str, config: dict[str, Any], context: TrialContext, gpus: float = 0.0, gpu_numbers: Sequence[int] = ()
) -> Generator[TrialMessage]:
    """Train one configuration, from its newest checkpoint if it has one, and report each epoch.

    Raises:
        DataError: this node does not find the weights that its network begins with; another one may.
        RuntimeError: the GPU no longer answers this process; a new one may go on from the checkpoint.
    """
    try:
        yield from _train(trial, config, context, gpus, gpu_numbers)
    except DataError:
        raise
    except (Exception, SystemExit) as error:  # whatever a configuration does wrong is that trial's result
        if isinstance(error, OSError) and is_storage_fault(error):
            yield StorageFaultMessage(trial, f"{error.filename or context.trial_path(trial)}: {error.strerror}")
            return
        if gpus:
            refuse_broken_gpu()
        last_line = traceback.format_exception_only(error)[-1].strip()
        text = f"{last_line}\n{traceback.format_exc()}"
        yield FailureMessage(trial, text, out_of_memory=is_out_of_memory(error))


def _train(
    trial: str, values: dict[str, Any], context: TrialContext, gpus: float, gpu_numbers: Sequence[int]
) -> Generator[TrialMessage]:
    import torch

    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.config import parse
    from cnnmodels.training import end_of, fit
    from cnnmodels.turns import Turns

    began = time.perf_counter()
    torch.set_num_threads(context.threads)
    device = _device(gpus, gpu_numbers)
    use_code(context.code)
    try:
        data = _mapped(context.data, context.cache, values["task"], context.fingerprint)
    except DataError as error:
        yield DataFaultMessage(trial, f"{platform.node()}: {error}")
        return
    checkpoints, away = TrialCheckpoints(context.trial_path(trial)), context.weights(trial)
    if away is not None:
        away.fetch()
    passed_over: list[str] = []
    resume = checkpoints.load_newest(passed_over.append)
    for text in passed_over:
        yield NoteMessage(trial, text)
    config = parse(values)
    ended = end_of(config, resume) if resume else None
    for epoch, metrics in enumerate(resume.history if resume else [], start=1):
        # The driver may not have heard of the last ones, where it or the worker before this one was lost.
        yield EpochMessage(trial, epoch, metrics, {}, ended if resume and epoch == resume.epoch else None)
    if context.first_look and trial == DEFAULT_TRIAL and resume is None:
        yield from first_look(trial, config, data, device, with_preflight=context.preflight)
        began = time.perf_counter()
    turns = Turns(context.turns_path() if context.latency else None)
    measured = measured_before(config, data, device, resume, turns) if context.latency else {}
    failing = infeasible_before(config, data, context.constraints, measured) if resume is None else None
    if failing is not None:
        yield InfeasibleMessage(trial, failing)
        return
    objective = (context.metric, context.mode)
    epochs = fit(config, data, objective=objective, device=device, resume=resume, known=measured, turns=turns)
    for result in epochs:
        trained = time.perf_counter()
        if result.checkpoint is not None:
            checkpoints.save(result.checkpoint, best=result.is_best)
            if away is not None:
                away.send(best=result.is_best)
        now = time.perf_counter()
        seconds = {**result.seconds, "checkpoint": now - trained}
        seconds["other"] = max(0.0, now - began - sum(seconds.values()))
        if result.note is not None:
            yield NoteMessage(trial, result.note)
        yield EpochMessage(trial, result.epoch, result.metrics, seconds, result.ended, result.precision)
        began = time.perf_counter()


def _device(gpus: float, gpu_numbers: Sequence[int]) -> str:
    """The trial's device. A share of a GPU is book-keeping to Ray; that it is a limit is up to us."""
    if not gpus:
        return "cpu"
    import torch

    gpu = gpu_numbers[0] if gpu_numbers else 0  # of those that Ray lets it see
    torch.cuda.set_device(gpu)
    memory = torch.cuda.get_device_properties(gpu).total_memory
    torch.cuda.set_per_process_memory_fraction(tensors_part(gpus, memory), gpu)
    return f"cuda:{gpu}"


def free_gpu_memory() -> None:
    """Give back what torch keeps of a GPU's memory for later."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def refuse_broken_gpu() -> None:
    """Some errors of CUDA stay with a process, and every later trial in it would fail by them.

    Raises:
        RuntimeError: so it is here.
    """
    import torch

    torch.cuda.synchronize()


@functools.lru_cache(maxsize=2)
def _mapped(spec: DataSpec, cache: Path | None, task: str, fingerprint: str) -> ImageData:
    """
    Raises:
        DataError: this node does not find the images that the sweep began with.
    """
    from cnnmodels.data import default_cache, load_again

    return load_again(spec, cache or default_cache(), task, fingerprint)
