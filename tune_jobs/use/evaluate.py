"""`tune evaluate`: a sweep's winner measured on its test images, or on others, with intervals."""

from __future__ import annotations

from pathlib import Path

from cnnmodels.checkpoint import load
from cnnmodels.data import default_cache
from cnnmodels.inference.image_sums import measure
from cnnmodels.inference.predictor import best_device
from reports.analysis.evaluation import Evaluation, evaluation_of
from reports.analysis.looks import looks_at_test_images
from reports.pages.evaluation import write_evaluation
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from reports.records.record import Record, TestMeasured
from tune_jobs.environment import refuse_unwritable_cache
from tune_jobs.own_code import use_kept_code
from tune_jobs.progress import Progress
from tune_jobs.storage.mirror import mirrored
from tune_jobs.storage.sweep_folders import hold
from tune_jobs.use.measured_images import MeasuredImages, measured_images
from tune_jobs.use.options import SPLITS, EvaluateOptions
from tune_jobs.use.weights import chosen_weights
from tune_jobs.use.worst_images import worst_images

_WORST = 12


def evaluate(folder: SweepFolder, options: EvaluateOptions, progress: Progress) -> tuple[Evaluation, Path]:
    """Measure a network of a sweep, write the tables and the page.

    The test images are opened by this and by a confirmation alone; each look at them is a line of the sweep's record,
    written before anybody sees what it gave.

    Args:
        folder: of the sweep.
        options: which network, and on which images.
        progress: hears how it gets on.

    Returns:
        What was found, and the path of its page.

    Raises:
        UserError: there is no such trial or training, no weights, no such images, they have changed, the network was
            trained on them, or the sweep is running and its test images were asked for.
    """
    if options.split not in (None, *SPLITS):
        raise SweepError(f"--split {options.split}: use {' or '.join(SPLITS)}")
    spec, weights = folder.spec(), chosen_weights(folder, options.trial, options.training)
    use_kept_code(folder, spec)
    checkpoint, cache = load(weights.path), default_cache()
    refuse_unwritable_cache(cache)
    images = measured_images(spec, options, cache, progress)
    if images.own and images.of == "test" and is_running(folder):
        raise SweepError(f"{folder.name} is running; its test images are opened once it has ended")
    if images.own and images.of == "val" and weights.saw_val:
        raise SweepError(f"--split val: {weights.trial} was trained on these images; use --split test, or --data")
    out = options.out or (weights.training or folder).path / "evaluation" / _name_of(images)
    _refuse_file(out)
    progress.say(f"Network of {spec.name}: {weights.in_words}; measured on {_in_words(images)}.")
    with progress.counting("Measuring") as count:
        measured = measure(checkpoint, images.data, images.splits, best_device(), count)
    found = evaluation_of(
        measured.sums,
        measured.confusion,
        measured.own.of_all,
        measured.own.of_images,
        sweep=spec.name,
        trial=weights.trial,
        task=spec.space.task,
        of=images.of,
        classes=images.data.classes,
        images=images.names,
    )
    if images.own and images.of == "test":
        _record(folder, found)
    remarks = [f"The network is that of {weights.in_words}.", *_remarks(folder, images)]
    return found, write_evaluation(found, out, worst_images(checkpoint, images, found, _WORST), remarks)


def _name_of(images: MeasuredImages) -> str:
    return images.of if images.own else f"of-{Path(images.of).resolve().name or 'images'}"


def _refuse_file(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise SweepError(f"--out {out}: is a file; it takes a folder")


def _in_words(images: MeasuredImages) -> str:
    count = len(images.names)
    if images.own:
        return f"its {count} {'test' if images.of == 'test' else 'validation'} images"
    return f"{count} images of {images.of}"


def _record(folder: SweepFolder, found: Evaluation) -> None:
    """One more look at the test images."""
    metrics = {row["metric"]: row["value"] for row in found.metrics.to_dict("records")}
    with hold(folder), mirrored(folder):
        record = Record(folder.record_path)
        try:
            record.append(TestMeasured(trial=found.trial, metrics=metrics))
        finally:
            record.close()


def _remarks(folder: SweepFolder, images: MeasuredImages) -> list[str]:
    """What the figures are not."""
    if not images.own:
        return []
    if images.of == "val":
        return ["These images have chosen the network among its trials, so the figures are too good."]
    return [looks_at_test_images(folder).in_words()]
