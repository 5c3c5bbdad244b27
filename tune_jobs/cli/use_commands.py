"""Verbs that put a sweep's winner to work. Heavy packages are imported inside the verb that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tune_jobs.cli.app import SWEEPS, AsJson, MovedData, Name, Storage, app, console
from tune_jobs.cli.targets import this_command
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED
from tune_jobs.use.options import EvaluateOptions, ExportOptions, PredictOptions, TrainOptions

OtherTrial = Annotated[str | None, typer.Option(help="a trial (tune show)", show_default="the winner")]
OfTraining = Annotated[str | None, typer.Option(help="the network of a training (tune train), by its name")]


@app.command()
def train(
    name: Name,
    trial: OtherTrial = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="how long, all together", show_default="twice those of the trial")
    ] = None,
    on: Annotated[str, typer.Option(help="train, or train+val: the validation images as well")] = "train",
    seed: Annotated[int | None, typer.Option(min=0, help="another seed", show_default="that of the trial")] = None,
    data: MovedData = None,
    storage: Storage = SWEEPS,
) -> None:
    """Train a sweep's winner for long, by itself; called again, it goes on from where it was interrupted.

    Example: tune train camvid --epochs 108
    """
    from tune_jobs.cli.tables.use import show_training
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import TerminalProgress
    from tune_jobs.use.train import train as run

    terminal, options = console(), TrainOptions(trial, epochs, on, seed, data)
    result = run(local_sweep(storage, name), options, TerminalProgress(terminal), command=this_command())
    raise typer.Exit(show_training(result, terminal))


@app.command()
def predict(
    name: Name,
    photos: Annotated[list[Path], typer.Argument(help="photos, or folders of them", metavar="PHOTO|FOLDER...")],
    out: Annotated[Path | None, typer.Option(help="folder of the answers", show_default="predictions/NAME")] = None,
    trial: OtherTrial = None,
    tile: Annotated[
        str | None,
        typer.Option(
            help="cut photos into overlapping tiles: auto keeps their shape, own their pixels as well",
            show_default="each photo is scaled as a whole",
        ),
    ] = None,
    ensemble: Annotated[bool, typer.Option("--ensemble", help="average all trials whose weights were kept")] = False,
    tta: Annotated[bool, typer.Option("--tta", help="average the answers to mirror images as well")] = False,
    training: OfTraining = None,
    storage: Storage = SWEEPS,
) -> None:
    """Put a sweep's winner to work on photos: masks with overlays, classes, or colours, at the photos' own size.

    Example: tune predict camvid holiday/ --tta
    """
    from tune_jobs.cli.tables.use import show_predictions
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import TerminalProgress
    from tune_jobs.use.predict import predict as run

    terminal = console()
    options = PredictOptions(out, trial, tile, ensemble, tta, training)
    found = run(local_sweep(storage, name), photos, options, TerminalProgress(terminal))
    show_predictions(found, terminal)
    if len(found.skipped) == len(found.table):
        raise typer.Exit(EXIT_NOTHING_SUCCEEDED)


@app.command()
def evaluate(
    name: Name,
    split: Annotated[
        str | None, typer.Option(help="test or val", show_default="test where there is one; of --data all images")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="folder of other images with their masks or classes, as launch takes one")
    ] = None,
    trial: OtherTrial = None,
    training: OfTraining = None,
    out: Annotated[
        Path | None, typer.Option(help="folder of the page and the tables", show_default="evaluation/ in its folder")
    ] = None,
    as_json: AsJson = False,
    storage: Storage = SWEEPS,
) -> None:
    """Measure a sweep's winner on the test images: every metric with an interval, classes, the worst images.

    Example: tune evaluate camvid --split test
    """
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.cli.tables.use import show_evaluation
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import SilentProgress, TerminalProgress
    from tune_jobs.use.evaluate import evaluate as run

    terminal, folder = console(), local_sweep(storage, name)
    progress = SilentProgress() if as_json else TerminalProgress(terminal)
    found, page = run(folder, EvaluateOptions(split, data, trial, out, training), progress)
    if as_json:
        print_json({**found.as_json(), "page": str(page)})
    else:
        show_evaluation(found, page, folder, terminal)


@app.command()
def export(
    name: Name,
    out: Annotated[
        Path | None, typer.Option(help="folder of the export, or file of the page", show_default="exports/NAME")
    ] = None,
    trial: OtherTrial = None,
    training: OfTraining = None,
    html: Annotated[bool, typer.Option("--html", help="one page that runs it offline in a browser, instead")] = False,
    runtime: Annotated[
        Path | None,
        typer.Option(help="npm's onnxruntime-web as a file, for the page", show_default="fetched once"),
    ] = None,
    storage: Storage = SWEEPS,
) -> None:
    """Write a sweep's winner for programs without cnn-tune: ONNX, torch.export, safetensors, scripts; or as one page.

    Example: tune export camvid --out camvid-network
    """
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import TerminalProgress
    from tune_jobs.use.export import export as run

    progress = TerminalProgress(console())
    found = run(local_sweep(storage, name), ExportOptions(out, trial, html, training, runtime), progress)
    if not html:
        progress.say(f"In {found.path}: {', '.join(sorted(path.name for path in found.path.iterdir()))}")
