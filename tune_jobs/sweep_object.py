"""A sweep as Python code holds it: `tune_jobs.Sweep`, with what its record says and what can be done with it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from cnnmodels.data import default_cache
from reports import notebook
from reports.records.folder import SweepFolder
from reports.records.record import EndReason
from tune_jobs import ablate as ablations
from tune_jobs import confirm as confirmations
from tune_jobs import driver
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.finish import finish_again
from tune_jobs.formatting import valid
from tune_jobs.launch_options import words_of
from tune_jobs.launch_target import LaunchTarget, local_sweep
from tune_jobs.private_files import files_are_ours
from tune_jobs.progress import Progress, SilentProgress, TerminalProgress
from tune_jobs.run_to_end import SweepResult
from tune_jobs.stop import stop_sweep
from tune_jobs.storage.working_copy import place_of, storage_uri
from tune_jobs.training_object import Training
from tune_jobs.use.options import EvaluateOptions, ExportOptions, PredictOptions, TrainOptions

if TYPE_CHECKING:
    from reports.analysis.evaluation import Evaluation
    from tune_jobs.use.export import Export
    from tune_jobs.use.predict import Predictions

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
        space: str | Path | None = None,
        widen: Sequence[str] = (),
        epochs: int | None = None,
        best: int = 3,
        data: str | Path | None = None,
        address: str | None = None,
        wait_for_nodes: str | float | None = None,
        progress: bool = False,
    ) -> Sweep:
        """Go on until it has all its trials, or so many as are asked for now; this same sweep.

        Args:
            trials: how many it is to have, all together, those of `epochs` aside.
            time_limit: end after so long: seconds, or a text such as `30m`.
            space: a packaged space, or the path of a file, to go on with: trials outside it are still shown, but count
                no more; without `trials`, half as many again search it.
            widen: knobs whose range is made wider at the end that the best value lies at; without `trials`, half as
                many trials again search it.
            epochs: train the best trials that came to their end, and the default, for so many epochs, as further
                trials that are not pruned.
            best: how many of the best.
            data: the folder that its images have moved to.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            wait_for_nodes: pause after so long without a node that has room: seconds, or a text; without it, an hour.
            progress: show how it gets on.

        Raises:
            UserError: it is running, its data has changed, it has nothing left to run, the new space asks
                something else, or a range cannot be wider.
        """
        folder = self._up_to_date()
        target = LaunchTarget.beside(folder, address, wait_for_nodes)
        knobs = [widen] if isinstance(widen, str) else widen
        resumed = partial(
            driver.resume,
            space=space,
            widen=knobs,
            epochs=epochs,
            best=best,
            trials=trials,
            time_limit=time_limit,
            data=path_of(data),
        )
        ended = run_call(lambda: resumed(folder, target, progress_of(progress)))
        self._paused_by = ended._paused_by
        return self

    def confirm(
        self,
        *,
        top: int = 5,
        seeds: int = 5,
        indifference: float | None = None,
        data: str | Path | None = None,
        address: str | None = None,
        wait_for_nodes: str | float | None = None,
        progress: bool = False,
    ) -> Sweep:
        """Find out which configuration is the best, with fresh seeds: a sweep beside this one, whose winner is then the
        best of this one too.

        Args:
            top: candidates at most: the best that cannot be told apart.
            seeds: runs for each of so many, all together; they go where they decide.
            indifference: a difference of the objective that nobody would care about; without it 0.005, of PSNR 0.05,
                of a metric of your own half a percent of its best value.
            data: the folder that the images have moved to.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            wait_for_nodes: pause after so long without a node that has room: seconds, or a text; without it, an hour.
            progress: show how it gets on.

        Raises:
            UserError: there is nothing to confirm, it is running, or the images have changed.
        """
        folder = self._up_to_date()
        target, asked = LaunchTarget.beside(folder, address, wait_for_nodes), ConfirmOptions(top, seeds, indifference)
        options: dict[str, Any] = {"--top": top, "--seeds": seeds, "--indifference": indifference}
        options |= {"--data": data, "--address": address, "--wait-for-nodes": wait_for_nodes}
        command, shown = self._command("confirm", options), progress_of(progress)
        confirmed = partial(confirmations.confirm, command=command, data=path_of(data))
        return run_call(lambda: confirmed(folder, target, shown, asked))

    def ablate(
        self,
        *,
        seeds: int = 3,
        ladder: bool = False,
        data: str | Path | None = None,
        address: str | None = None,
        wait_for_nodes: str | float | None = None,
        progress: bool = False,
    ) -> Sweep:
        """Run its ablation, a sweep beside it: which settings of the best configuration earn their place?

        Args:
            seeds: repeats of each variant, with seeds that the search never used; intervals are wide below 5.
            ladder: add the best settings one by one to the default, instead of taking one away at a time.
            data: the folder that the images have moved to.
            address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
            wait_for_nodes: pause after so long without a node that has room: seconds, or a text; without it, an hour.
            progress: show how it gets on.

        Raises:
            UserError: there is nothing to take apart, or the images have changed.
        """
        folder = self._up_to_date()
        target = LaunchTarget.beside(folder, address, wait_for_nodes)
        options: dict[str, Any] = {"--seeds": seeds, "--ladder": ladder, "--data": data}
        options |= {"--address": address, "--wait-for-nodes": wait_for_nodes}
        command = self._command("ablate", options)
        taken = partial(ablations.ablate, seeds=seeds, ladder=ladder, command=command, data=path_of(data))
        return run_call(lambda: taken(folder, target, progress_of(progress)))

    def predict(
        self,
        photos: str | Path | Sequence[str | Path],
        *,
        out: str | Path | None = None,
        trial: str | None = None,
        training: str | None = None,
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
            training: the network of a training, by its name.
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
        options = PredictOptions(path_of(out), trial, tile, ensemble, tta, training)
        with files_are_ours():
            return predict(self._up_to_date(), [Path(one) for one in asked], options, progress_of(progress))

    def evaluate(
        self,
        *,
        split: str | None = None,
        data: str | Path | None = None,
        trial: str | None = None,
        training: str | None = None,
        out: str | Path | None = None,
        progress: bool = False,
    ) -> Evaluation:
        """Measure the winner: every metric with its interval, class by class, image by image; and write the page.

        Args:
            split: `test` or `val`; without it, test where there is one. Each look at the test images is recorded.
            data: a folder of other images with their targets.
            trial: another network than the winner's.
            training: the network of a training, by its name.
            out: folder of the page and the tables; without it, `evaluation/` in the sweep's folder.
            progress: show how it gets on.

        Raises:
            UserError: there are no such images, no such trial, no weights, or the images have changed.
        """
        from tune_jobs.use.evaluate import evaluate

        options = EvaluateOptions(split, path_of(data), trial, path_of(out), training)
        with files_are_ours():
            return evaluate(self._up_to_date(), options, progress_of(progress))[0]

    def train(
        self,
        *,
        trial: str | None = None,
        epochs: int | None = None,
        on: str = "train",
        seed: int | None = None,
        data: str | Path | None = None,
        progress: bool = False,
    ) -> Training:
        """Train one configuration for long, by itself; called again, it goes on from where it was interrupted.

        Args:
            trial: another configuration than the winner's.
            epochs: how long, all together; without it, twice as long as its trial.
            on: `train`, or `train+val`: the validation images as well, so that no best epoch can be chosen.
            seed: another one than that of its trial.
            data: the folder that the images have moved to.
            progress: show a line an epoch.

        Returns:
            The training; `predict(..., training=found.name)` puts it to work.

        Raises:
            UserError: there is no such trial, the images have changed, or another process trains the same.
            KeyboardInterrupt: Ctrl-C; it has ended in order.
        """
        from tune_jobs.use.train import train

        folder, options = self._up_to_date(), TrainOptions(trial, epochs, on, seed, path_of(data))
        given = {"--trial": trial, "--epochs": epochs, "--on": on, "--seed": seed, "--data": data}
        command = self._command("train", given)
        with files_are_ours():
            result = train(folder, options, progress_of(progress), command=command)
        if result.outcome == "SIGINT":
            raise KeyboardInterrupt(f"{result.training.name} ended in order; the same call goes on with it")
        return Training(result)

    def export(
        self,
        *,
        out: str | Path | None = None,
        trial: str | None = None,
        html: bool = False,
        training: str | None = None,
        runtime: str | Path | None = None,
        progress: bool = False,
    ) -> Export:
        """Write the winner for programs without cnn-tune: ONNX, torch.export, safetensors, a model card, scripts.

        Args:
            out: the folder, or the file of the page; without it, `exports/` and the sweep's name.
            trial: another network than the winner's.
            html: one page that runs it offline in a browser, instead.
            training: the network of a training, by its name.
            runtime: npm's onnxruntime-web as a file, for the page; without it, it is fetched once.
            progress: show how it gets on.

        Raises:
            UserError: there is no such trial, no weights, or a package is missing.
        """
        from tune_jobs.use.export import export

        options = ExportOptions(path_of(out), trial, html, training, path_of(runtime))
        with files_are_ours():
            return export(self._up_to_date(), options, progress_of(progress))

    def report(self) -> Path:
        """Write `report.html` again from the record, also while it runs, and draw what is missing in it; its path."""
        with files_are_ours():
            finish_again(self._up_to_date(), default_cache(), SilentProgress())
        return self._folder.report_path

    def stop(self) -> None:
        """Ask whoever runs it to end, and wait until it has; it can be resumed.

        Raises:
            UserError: it is not running, or nobody answers.
        """
        stop_sweep(self._up_to_date(), SilentProgress())

    def _command(self, verb: str, options: Mapping[str, Any]) -> str:
        """What a person would have typed for the same."""
        given = {**options, "--storage": self._storage()}
        return command_of([verb, self.name, *(word for option in given for word in words_of(option, given[option]))])

    def _storage(self) -> str:
        return storage_uri(self.path.parent) or str(self.path.parent)

    def _up_to_date(self) -> SweepFolder:
        """Its folder, with what other machines have done since where it is kept at a URI."""
        return local_sweep(self._storage(), self.name)


def run_call(run: Callable[[], SweepResult]) -> Sweep:
    """Run a sweep to its end for Python code.

    Raises:
        KeyboardInterrupt: Ctrl-C; the sweep has ended in order.
    """
    with files_are_ours():
        result = run()
    if result.outcome == "SIGINT":
        again = f"tune_jobs.open({place_of(result.folder)!r}).resume()"
        raise KeyboardInterrupt(f"{result.folder.name} ended in order; go on with {again}")
    sweep = Sweep(result.folder.path)
    sweep._paused_by = result.paused_by
    return sweep


def progress_of(progress: bool) -> Progress:
    """What is shown while it runs: nothing, or what the command shows."""
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


def command_of(words: list[str]) -> str:
    """The command that would have done the same, for the record."""
    return valid(shlex.join(["tune", *words]))


def path_of(given: str | Path | None) -> Path | None:
    """A path as Python code gives it."""
    return None if given is None else Path(given)
