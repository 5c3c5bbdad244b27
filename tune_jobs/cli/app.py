"""What the verbs of `tune` share: the application, its options, the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tune_jobs.cli.completion import sweep_names

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="tune",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the best training recipe for a vision CNN.\n\nExample: tune launch seg_unet",
)

Storage = Annotated[
    str,
    typer.Option(
        envvar="CNN_TUNE_STORAGE",
        help="where sweeps are kept: a folder, or a URI such as s3://bucket/sweeps",
        show_default="./sweeps",
    ),
]
Name = Annotated[str, typer.Argument(help="name of a sweep (tune ls)", autocompletion=sweep_names)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="print warnings, and the report's path at the end")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for other programs")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="change any value of the space, e.g. --set search.lr.default=1e-4"),
]
Address = Annotated[
    str | None,
    typer.Option(envvar="RAY_ADDRESS", help="a Ray cluster to run on: auto, or host:port; without it, this machine"),
]
WaitForNodes = Annotated[
    str | None,
    typer.Option(
        help="how long to wait where no node of the cluster has room for a trial: seconds, or 90s, 30m, 2h",
        show_default="1h",
    ),
]
Submit = Annotated[
    str | None,
    typer.Option(envvar="CNN_TUNE_SUBMIT", help="send it to a cluster as a Ray Job: the dashboard, http://head:8265"),
]
Preset = Annotated[
    str | None, typer.Option(help="size of the sweep: quick, standard or thorough; --trials and --set count more")
]
Trials = Annotated[int | None, typer.Option(help="configurations to try, all together")]
TimeLimit = Annotated[str | None, typer.Option(help="end after so long: seconds, or 90s, 30m, 2h")]
Constraints = Annotated[
    list[str] | None,
    typer.Option(
        "--constraint", metavar="LIMIT", help="what the best must keep to, such as 'parameters<=2e6' (repeatable)"
    ),
]
PlannedTime = Annotated[
    str | None,
    typer.Option(
        "--time-limit",
        help="end after so long: seconds, or 90s, 30m, 2h; alone, it decides how many trials of how many epochs",
    ),
]
MovedData = Annotated[
    Path | None, typer.Option("--data", help="the folder that its images have moved to", show_default="where they were")
]
SWEEPS = "sweeps"
_WIDTH_IN_A_LOG = 200  # columns; a pipe has no width of its own, and cutting a table short helps nobody


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"cnn-tune {version('cnn-tune')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="print the version", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Find the best training recipe for a vision CNN.

    Example: tune launch seg_unet
    """


def console() -> Console:
    """The terminal, or a log of a width that cuts no table short; names are printed as they are, brackets and all, but
    for what would steer the terminal."""
    from tune_jobs.cli.terminal import Terminal

    return Terminal(width=None if sys.stdout.isatty() else _WIDTH_IN_A_LOG, markup=False, emoji=False)
