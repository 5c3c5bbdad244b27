"""The Python API: `import tune_jobs`, then `tune_jobs.launch("seg_unet")`. What the command does, as functions.

Silent unless `progress=True`; errors are raised (`tune_jobs.UserError`), never printed. A sweep may be run in any
thread; Ctrl-C, where the main thread runs it, raises KeyboardInterrupt once the sweep has ended in order.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from cnnmodels.errors import UserError
from reports import notebook
from reports.pages.report import write_report
from reports.records import folder as folders
from reports.records.folder import SweepFolder
from reports.records.record import EndReason
from tune_jobs import confirm as confirmations
from tune_jobs import driver, planning
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.cost_estimate import CostEstimate
from tune_jobs.driver import SweepResult
from tune_jobs.formatting import valid
from tune_jobs.launch_options import LaunchOptions, override, words_of
from tune_jobs.launch_target import LaunchTarget, local_sweep
from tune_jobs.progress import Progress, SilentProgress, TerminalProgress
from tune_jobs.stop import stop_sweep
from tune_jobs.storage.mirror import send_report
from tune_jobs.storage.working_copy import local_copy, place_of, storage_uri
from tune_jobs.use.options import EvaluateOptions, PredictOptions

if TYPE_CHECKING:
    from reports.analysis.evaluation import Evaluation
    from tune_jobs.use.predict import Predictions

__all__ = ["CostEstimate", "Sweep", "UserError", "launch", "list_sweeps", "open", "plan"]

_WIDTH_OF_A_LOG = 200  # columns, where the output is no terminal


class Sweep(notebook.Sweep):
    """One sweep: what its record says at that moment, its figures, and what can be done with it.

    >>> sweep = tune_jobs.launch("seg_unet", data="photos/camvid", trials=40)  # doctest: +SKIP
    >>> sweep.best["value"], sweep.outcome  # doctest: +SKIP
    >>> sweep.resume(trials=60).figures.learning_curves()  # doctest: +SKIP
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._paused_by: str | None = None

    @property
    def name(self) -> str:
        return self._folder.name

    @property
    def path(self) -> Path:
        """Its folder on this machine; the copy of a sweep that is kept at a URI."""
        return self._folder.path

    @property
    def outcome(self) -> EndReason | None:
        """How it ended last: completed, interrupted, stopped, time_limit, failed, paused; None while it runs, or if its
        process was killed. `paused_by` says why it paused."""
        if self._paused_by is not None:
            return "paused"
        end = self._folder.state().end
        return end.reason if end else None

    @property
    def paused_by(self) -> str | None:
        """What was wrong with the storage or the cluster when this object ran it; None if nothing was."""
        return self._paused_by

    def resume(
        self,
        *,
        trials: int | None = None,
        time_limit: str | float | None = None,
        widen: Sequence[str] = (),
        epochs: int | None = None,
        best: int = 3,
        address: str | None = None,
        progress: bool = False,
    ) -> Sweep:
        """Go on until it has all its trials, or so many as are asked for now; this same sweep.

        Args:
            trials: how many it is to have, all together, those of `epochs` aside.
            time_limit: end after so long: seconds, or a text such as `30m`.
            widen: knobs whose range is made wider at the end that the best value lies at; without `trials`, half as
                many trials again search it.
            epochs: train the best trials that came to their end, and the default, for so many epochs, as further
                trials that are not pruned.
            best: how many of the best.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            progress: show how it gets on.

        Raises:
            UserError: it is running, its data has changed, it has nothing left to run, or a range cannot be wider.
        """
        folder = self._up_to_date()
        target = LaunchTarget.beside(folder, address)
        knobs = [widen] if isinstance(widen, str) else widen
        resumed = partial(driver.resume, widen=knobs, epochs=epochs, best=best, trials=trials, time_limit=time_limit)
        ended = _run(lambda: resumed(folder, target, _shown(progress)))
        self._paused_by = ended._paused_by
        return self

    def confirm(
        self,
        *,
        top: int = 5,
        seeds: int = 5,
        indifference: float | None = None,
        address: str | None = None,
        progress: bool = False,
    ) -> Sweep:
        """Find out which configuration is the best, with fresh seeds: a sweep beside this one, whose winner is then the
        best of this one too.

        Args:
            top: candidates at most: the best that cannot be told apart.
            seeds: runs for each of so many, all together; they go where they decide.
            indifference: a difference of the objective that nobody would care about; without it 0.005, of PSNR 0.05.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            progress: show how it gets on.

        Raises:
            UserError: there is nothing to confirm, it is running, or the images have changed.
        """
        folder = self._up_to_date()
        target, asked = LaunchTarget.beside(folder, address), ConfirmOptions(top, seeds, indifference)
        options: dict[str, Any] = {"--top": top, "--seeds": seeds, "--indifference": indifference}
        options |= {"--storage": self._storage(), "--address": address}
        words = [word for option, value in options.items() for word in words_of(option, value)]
        command, shown = _command(["confirm", self.name, *words]), _shown(progress)
        return _run(lambda: confirmations.confirm(folder, target, shown, asked, command=command))

    def ablate(
        self, *, seeds: int = 3, ladder: bool = False, address: str | None = None, progress: bool = False
    ) -> Sweep:
        """Run its ablation, a sweep beside it: which settings of the best configuration earn their place?

        Args:
            seeds: repeats of each variant, with seeds 0, 1, ...
            ladder: add the best settings one by one to the default, instead of taking one away at a time.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            progress: show how it gets on.

        Raises:
            UserError: there is nothing to take apart, or the images have changed.
        """
        folder = self._up_to_date()
        target = LaunchTarget.beside(folder, address)
        options = {"--seeds": seeds, "--ladder": ladder, "--storage": self._storage(), "--address": address}
        words = [word for option, value in options.items() for word in words_of(option, value)]
        command = _command(["ablate", self.name, *words])
        shown = _shown(progress)
        return _run(lambda: driver.ablate(folder, target, shown, seeds=seeds, ladder=ladder, command=command))

    def predict(
        self,
        photos: str | Path | Sequence[str | Path],
        *,
        out: str | Path | None = None,
        trial: str | None = None,
        tile: str | None = None,
        ensemble: bool = False,
        tta: bool = False,
        progress: bool = False,
    ) -> Predictions:
        """Put the winner to work on photos of any size: masks with overlays, classes, or colour photos.

        Args:
            photos: a file or a folder, or several.
            out: folder of the answers; without it, `predictions/` and the sweep's name.
            trial: another network than the winner's.
            tile: `auto` keeps each photo's shape and cuts it into overlapping tiles, `own` its pixels too; without it,
                each photo is scaled as a whole.
            ensemble: average all trials whose weights were kept.
            tta: average the answers to mirror images as well.
            progress: show how it gets on.

        Returns:
            The table, a row a photo, and the folder; `skipped` are the photos that could not be read.

        Raises:
            UserError: there are no such photos, no such trial, or no weights.
        """
        from tune_jobs.use.predict import predict

        asked = [photos] if isinstance(photos, str | Path) else photos
        options = PredictOptions(_path(out), trial, tile, ensemble, tta)
        with _files_are_ours():
            return predict(self._up_to_date(), [Path(one) for one in asked], options, _shown(progress))

    def evaluate(
        self,
        *,
        split: str | None = None,
        data: str | Path | None = None,
        trial: str | None = None,
        out: str | Path | None = None,
        progress: bool = False,
    ) -> Evaluation:
        """Measure the winner: every metric with its interval, class by class, image by image; and write the page.

        Args:
            split: `test` or `val`; without it, test where there is one. Each look at the test images is recorded.
            data: a folder of other images with their targets.
            trial: another network than the winner's.
            out: folder of the page and the tables; without it, `evaluation/` in the sweep's folder.
            progress: show how it gets on.

        Raises:
            UserError: there are no such images, no such trial, no weights, or the images have changed.
        """
        from tune_jobs.use.evaluate import evaluate

        options = EvaluateOptions(split, _path(data), trial, _path(out))
        with _files_are_ours():
            return evaluate(self._up_to_date(), options, _shown(progress))[0]

    def report(self) -> Path:
        """Write `report.html` again from the record, also while it runs; its path."""
        with _files_are_ours():
            path = write_report(self._up_to_date())
            send_report(self._folder)
        return path

    def stop(self) -> None:
        """Ask whoever runs it to end, and wait until it has; it can be resumed.

        Raises:
            UserError: it is not running, or nobody answers.
        """
        stop_sweep(self._up_to_date(), SilentProgress())

    def _storage(self) -> str:
        return storage_uri(self.path.parent) or str(self.path.parent)

    def _up_to_date(self) -> SweepFolder:
        """Its folder, with what other machines have done since where it is kept at a URI."""
        return local_sweep(self._storage(), self.name)


def launch(
    space: str | Path,
    *,
    data: str | Path | None = None,
    name: str | None = None,
    preset: str | None = None,
    trials: int | None = None,
    time_limit: str | float | None = None,
    seed: int = 0,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    weights: str | Path | None = None,
    skip_broken: bool = False,
    log: Sequence[str] = (),
    storage: str | Path = "sweeps",
    address: str | None = None,
    progress: bool = False,
) -> Sweep:
    """Run a sweep to its end and write its report.

    Args:
        space: a packaged space (`tune spaces` lists them), or the path of a YAML file of your own.
        data: folder of images; without it, a generated set.
        name: of the sweep; without it, that of the space.
        preset: size of the sweep: quick, standard or thorough.
        trials: configurations to try.
        time_limit: end after so long: seconds, or a text such as `30m`; without a preset, trials and
            `budget.max_epochs` it decides on both.
        seed: of the search and of every trial, 0 or more.
        overrides: changes of any value of the space: `{"fixed.width": 32}`, or texts as `--set` takes them.
        weights: file of ResNet-18 weights for a transfer network.
        skip_broken: leave out images that cannot be read.
        log: other tools to tell: tensorboard, mlflow.
        storage: where sweeps are kept: a folder, or a URI such as `s3://bucket/sweeps`.
        address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
        progress: show how it gets on: a live table in a terminal, else a line a trial.

    Returns:
        The sweep; `outcome` says how it ended.

    Raises:
        UserError: something that was given cannot work; no sweep was begun.
        KeyboardInterrupt: Ctrl-C; the sweep has ended in order and can be resumed.
    """
    options = LaunchOptions(
        space=space,
        data=_path(data),
        name=name,
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        seed=seed,
        overrides=_overrides(overrides),
        weights=_path(weights),
        skip_broken=skip_broken,
        log=tuple(log),
        storage=str(storage),
        address=address,
    )
    return _run(lambda: driver.launch(options, _shown(progress), command=_command(options.words())))


def plan(
    space: str | Path,
    *,
    data: str | Path | None = None,
    preset: str | None = None,
    trials: int | None = None,
    time_limit: str | float | None = None,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    weights: str | Path | None = None,
    storage: str | Path = "sweeps",
    address: str | None = None,
    progress: bool = False,
) -> CostEstimate:
    """What a sweep would cost: slots, epochs, time, disk. One epoch is measured, nothing is kept.

    The arguments are those of `launch`.

    Raises:
        UserError: it could not be run.
    """
    options = LaunchOptions(
        space=space,
        data=_path(data),
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        overrides=_overrides(overrides),
        weights=_path(weights),
        storage=str(storage),
        address=address,
    )
    with _files_are_ours():
        return planning.plan(options, _shown(progress))


def open(path: str | Path) -> Sweep:  # noqa: A001  # reads as `tune_jobs.open`
    """A sweep that is there already, be it running or ended.

    Args:
        path: its folder, such as `sweeps/camvid`, or its URI, such as `s3://bucket/sweeps/camvid`.

    Raises:
        UserError: there is no such sweep.
    """
    storage, _, name = str(path).rstrip("/").rpartition("/")
    return Sweep(local_sweep(storage or ("/" if str(path).startswith("/") else "."), name).path)


def list_sweeps(storage: str | Path = "sweeps") -> list[Sweep]:
    """The sweeps of a folder, or of a URI, by name.

    Raises:
        UserError: the URI cannot be used, or does not answer.
    """
    return [Sweep(found.path) for found in folders.list_sweeps(local_copy(str(storage)))]


def _run(run: Callable[[], SweepResult]) -> Sweep:
    with _files_are_ours():
        result = run()
    if result.outcome == "SIGINT":
        again = f"tune_jobs.open({place_of(result.folder)!r}).resume()"
        raise KeyboardInterrupt(f"{result.folder.name} ended in order; go on with {again}")
    sweep = Sweep(result.folder.path)
    sweep._paused_by = result.paused_by
    return sweep


def _shown(progress: bool) -> Progress:
    if not progress:
        return SilentProgress()
    terminal = sys.stdout.isatty()
    console = Console(  # said outright, since a notebook claims to be a terminal, and its widgets are not wanted
        force_terminal=terminal,
        force_jupyter=False,
        width=None if terminal else _WIDTH_OF_A_LOG,
        markup=False,
        emoji=False,
    )
    return TerminalProgress(console)


def _overrides(given: Mapping[str, Any] | Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        return tuple(override(key, value) for key, value in given.items())
    return (given,) if isinstance(given, str) else tuple(given)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _command(words: list[str]) -> str:
    """The command that would have done the same, for the record."""
    return valid(shlex.join(["tune", *words]))


class _Umask:
    """What sweeps and caches are made with; counted, since sweeps of several threads may overlap."""

    lock = threading.Lock()
    users = 0
    before = 0


@contextmanager
def _files_are_ours() -> Iterator[None]:
    """Files that are made in the block are readable by this user alone, as the command's are; later ones as before."""
    with _Umask.lock:
        if not _Umask.users:
            _Umask.before = os.umask(0o077)
        _Umask.users += 1
    try:
        yield
    finally:
        with _Umask.lock:
            _Umask.users -= 1
            if not _Umask.users:
                os.umask(_Umask.before)
