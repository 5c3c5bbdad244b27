"""Verbs that look: at sweeps, spaces, images and this machine. None of them changes a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tune_jobs.cli.app import SWEEPS, AsJson, MovedData, Name, Overrides, Storage, Submit, app, console
from tune_jobs.cli.completion import space_names, sweep_names
from tune_jobs.cli.targets import target


@app.command("ls")
def list_all(as_json: AsJson = False, storage: Storage = SWEEPS, submit: Submit = None) -> None:
    """List the sweeps of a storage folder.

    Example: tune ls --json
    """
    target(storage, submit).ls(as_json=as_json)


@app.command()
def show(name: Name, as_json: AsJson = False, storage: Storage = SWEEPS, submit: Submit = None) -> None:
    """Show one sweep: its best trials, what runs, what failed.

    Example: tune show camvid
    """
    target(storage, submit).show(name, as_json=as_json)


@app.command()
def report(name: Name, as_json: AsJson = False, data: MovedData = None, storage: Storage = SWEEPS) -> None:
    """Write a sweep's report again from its record, and draw what is missing in it; the path of the HTML file.

    Example: tune report camvid
    """
    from cnnmodels.data import default_cache
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.finish import finish_again
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import SilentProgress

    folder = local_sweep(storage, name)
    missing = finish_again(folder, default_cache(), SilentProgress(), data)
    if as_json:
        print_json({"report": str(folder.report_path), "missing": list(missing)})
    else:
        typer.echo(str(folder.report_path))
        for text in missing:
            typer.echo(f"Missing: {text}", err=True)


@app.command()
def serve(
    folder: Annotated[str | None, typer.Argument(help="where sweeps are kept", show_default="./sweeps")] = None,
    host: Annotated[str, typer.Option(help="address to bind; beyond loopback with CNN_TUNE_TOKEN")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to bind; 0 takes a free one")] = 8321,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="a further name by which browsers know this machine (repeatable)")
    ] = None,
    storage: Storage = SWEEPS,
) -> None:
    """Browse all sweeps of a folder in a web browser, live while they run.

    Example: tune serve sweeps
    """
    from reports.server.run import serve as run
    from tune_jobs.storage.working_copy import followed

    def announce(address: str) -> None:
        typer.echo(f"Sweeps of {folder or storage} at {address} (Ctrl-C ends)")

    with followed(folder or storage) as here:
        run(here, host, port, allow_host or [], announce)


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(help="2 to 6 sweeps", metavar="NAME...", autocompletion=sweep_names)],
    out: Annotated[
        Path | None, typer.Option(help="file to write", show_default="compare-A-B.html beside the sweeps")
    ] = None,
    as_json: AsJson = False,
    storage: Storage = SWEEPS,
) -> None:
    """Write a page with 2 to 6 sweeps side by side; its path.

    Example: tune compare camvid camvid-2
    """
    from reports.pages import comparison
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.storage.working_copy import local_copy, storage_uri

    folders = [local_sweep(storage, name) for name in names]
    here = local_copy(storage)
    beside = Path() if storage_uri(here) else here
    page = comparison.write_comparison(folders, out or beside / f"compare-{'-'.join(names)[:100]}.html")
    if as_json:
        print_json({"page": str(page), **comparison.as_json(folders)})
    else:
        typer.echo(str(page))


@app.command("export-report")
def export_report(
    name: Name,
    pdf: Annotated[bool, typer.Option("--pdf/--png", help="a document to print, or one tall picture")] = True,
    out: Annotated[Path | None, typer.Option(help="file to write", show_default="report.pdf in its folder")] = None,
    storage: Storage = SWEEPS,
) -> None:
    """Write a sweep's report as PDF or PNG, drawn by the Chromium or Chrome of this machine; its path.

    Example: tune export-report camvid --png
    """
    from reports.pages.pdf import export
    from reports.pages.report import write_report
    from tune_jobs.launch_target import local_sweep

    folder = local_sweep(storage, name)
    with console().status("Drawing"):
        path = export(write_report(folder), out or folder.path / ("report.pdf" if pdf else "report.png"))
    typer.echo(str(path))


@app.command()
def data(
    path: Annotated[Path, typer.Argument(help="a folder of images")],
    task: Annotated[
        str | None, typer.Option(help="classification, segmentation or colorization, if it is not clear")
    ] = None,
    fetch: Annotated[str | None, typer.Option("--download", help="fetch a public set into it first: voc2007")] = None,
    as_json: AsJson = False,
    overrides: Overrides = None,
) -> None:
    """Look at a folder of images: layout, splits, classes, broken files, a contact sheet.

    Example: tune data photos/camvid
    """
    from tune_jobs.cli.tables.images import show_data

    if fetch is not None:
        from cnnmodels.data.download import download

        download(fetch, path)
    show_data(path, task, console(), overrides or [], as_json=as_json)


@app.command()
def spaces(
    space: Annotated[
        str | None,
        typer.Argument(help="a packaged space, or a path; without it, all are listed", autocompletion=space_names),
    ] = None,
    as_json: AsJson = False,
    json_schema: Annotated[
        bool,
        typer.Option("--json-schema", help="print the JSON schema of such a file; with SPACE, of its own network too"),
    ] = False,
    overrides: Overrides = None,
) -> None:
    """List the packaged search spaces, or explain one, knob by knob.

    Example: tune spaces seg_unet
    """
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.cli.tables.spaces import explain_space, list_spaces

    if json_schema:
        from cnnmodels.own.networks import use_installed
        from search_spaces.json_schema import space_schema
        from search_spaces.loading import load

        use_installed()
        if space is not None:
            load(space, overrides or [])  # which brings a network of its own
        print_json(space_schema())
    elif space is None:
        list_spaces(console(), as_json=as_json)
    else:
        explain_space(space, overrides or [], console(), as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False, storage: Storage = SWEEPS) -> None:
    """Tell who owns the `tune` command, the versions, the devices and the free memory.

    Example: tune doctor
    """
    from tune_jobs.cli.doctor import diagnose
    from tune_jobs.cli.tables.machine import show_diagnosis
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.storage.working_copy import folder_of

    diagnosis = diagnose(folder_of(storage))
    if as_json:
        print_json(diagnosis.model_dump())
    else:
        show_diagnosis(diagnosis, console())
