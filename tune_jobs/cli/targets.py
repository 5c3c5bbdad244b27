"""Where a verb acts: on this machine (and on the Ray cluster that it joins), or on a cluster as a Ray Job.

Each verb asks `target` once and calls the method of its own name; those that act return the command's exit code.
"""

from __future__ import annotations

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from tune_jobs.cli.app import console
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.formatting import valid
from tune_jobs.launch_options import LaunchOptions, ResumeOptions, words_of

if TYPE_CHECKING:
    from rich.console import Console

    from cnnmodels.own.code import OwnCode
    from reports.records.folder import SweepFolder
    from tune_jobs.launch_target import LaunchTarget
    from tune_jobs.progress import Progress
    from tune_jobs.run_to_end import SweepResult


class Target(Protocol):
    """What sweeps can be launched on, and asked about."""

    def launch(self, options: LaunchOptions) -> int: ...
    def resume(self, name: str, options: ResumeOptions) -> int: ...
    def ls(self, *, as_json: bool) -> None: ...
    def show(self, name: str, *, as_json: bool) -> None: ...
    def stop(self, name: str) -> None: ...


def target(
    storage: str,
    submit: str | None = None,
    address: str | None = None,
    wait_for_nodes: str | None = None,
    *,
    quiet: bool = False,
) -> Target:
    """What `--submit` says, or this machine, where `quiet` leaves little to read."""
    if submit is None:
        return ThisMachine(storage, address, wait_for_nodes, quiet=quiet)
    return RayJobs(submit, storage, wait_for_nodes)


class ThisMachine:
    """This process runs the sweep, or looks at what is in a storage folder."""

    def __init__(
        self, storage: str, address: str | None = None, wait_for_nodes: str | None = None, *, quiet: bool = False
    ) -> None:
        self._storage, self._address, self._wait_for_nodes = storage, address, wait_for_nodes
        self._quiet = quiet

    def launch(self, options: LaunchOptions) -> int:
        from tune_jobs.driver import launch

        terminal = console()
        result = launch(options, self._progress(terminal), command=this_command())
        code = self._conclude(result, terminal)
        if code or not options.confirm:
            return code
        if not self._quiet:
            terminal.print()
        return self.confirm(result.folder.name, ConfirmOptions())

    def resume(self, name: str, options: ResumeOptions) -> int:
        from tune_jobs.driver import resume

        terminal, (folder, where) = console(), self._sweep(name)
        return self._conclude(resume(folder, where, self._progress(terminal), **vars(options)), terminal)

    def confirm(self, name: str, options: ConfirmOptions, *, data: Path | None = None) -> int:
        from tune_jobs.confirm import confirm

        terminal, (folder, where) = console(), self._sweep(name)
        progress = self._progress(terminal)
        return self._conclude(confirm(folder, where, progress, options, command=this_command(), data=data), terminal)

    def ablate(self, name: str, *, seeds: int, ladder: bool, data: Path | None = None) -> int:
        from tune_jobs.ablate import ablate

        terminal, (folder, where) = console(), self._sweep(name)
        progress = self._progress(terminal)
        result = ablate(folder, where, progress, seeds=seeds, ladder=ladder, command=this_command(), data=data)
        return self._conclude(result, terminal)

    def _progress(self, terminal: Console) -> Progress:
        from tune_jobs.progress import QuietProgress, TerminalProgress

        return QuietProgress(terminal) if self._quiet else TerminalProgress(terminal)

    def _conclude(self, result: SweepResult, terminal: Console) -> int:
        from tune_jobs.cli.last_words import conclude, conclude_quietly

        return (conclude_quietly if self._quiet else conclude)(result, terminal)

    def ls(self, *, as_json: bool) -> None:
        from tune_jobs.cli.tables.sweeps import show_all
        from tune_jobs.storage.working_copy import local_copy

        show_all(local_copy(self._storage), console(), as_json=as_json)

    def show(self, name: str, *, as_json: bool) -> None:
        from tune_jobs.cli.tables.sweeps import show_one
        from tune_jobs.launch_target import local_sweep

        show_one(local_sweep(self._storage, name), console(), as_json=as_json)

    def stop(self, name: str) -> None:
        from reports.analysis.summary import is_complete
        from tune_jobs.launch_target import local_sweep
        from tune_jobs.progress import TerminalProgress
        from tune_jobs.stop import how_to_go_on, stop_sweep

        folder, progress = local_sweep(self._storage, name), TerminalProgress(console())
        stop_sweep(folder, progress)
        complete = is_complete(folder.spec(), folder.state())  # its last trials may have ended meanwhile
        progress.say(f"{name} came to its end." if complete else f"Stopped. {how_to_go_on(folder)}")

    def _sweep(self, name: str) -> tuple[SweepFolder, LaunchTarget]:
        from tune_jobs.launch_target import LaunchTarget, local_sweep

        folder = local_sweep(self._storage, name)
        return folder, LaunchTarget.beside(folder, self._address, self._wait_for_nodes)


class RayJobs:
    """A cluster runs the sweep; this machine sends the command that asks for it, and looks at its jobs."""

    def __init__(self, dashboard: str, storage: str, wait_for_nodes: str | None = None) -> None:
        self._dashboard, self._storage, self._wait_for_nodes = dashboard, storage, wait_for_nodes

    def launch(self, options: LaunchOptions) -> int:
        from search_spaces.loading import load

        asked = load(str(options.space), options.all_overrides())
        name = options.name or asked.name
        own_file = options.own_file
        space = f"./{own_file.name}" if own_file else options.space  # which travels into the job's own folder
        sent = dataclasses.replace(options, space=space, name=name, address="auto")
        return self._send(sent.words(), name, data=options.data, space=own_file, own=asked.own_code)

    def resume(self, name: str, options: ResumeOptions) -> int:
        where = ["--storage", self._storage, "--address", "auto", *words_of("--wait-for-nodes", self._wait_for_nodes)]
        from search_spaces.loading import load

        own_file = LaunchOptions(options.space).own_file if options.space else None
        sent = dataclasses.replace(options, space=f"./{own_file.name}") if own_file else options
        own = load(str(options.space)).own_code if own_file else None
        return self._send(["resume", name, *sent.words(), *where], name, data=options.data, space=own_file, own=own)

    def ls(self, *, as_json: bool) -> None:
        from tune_jobs.cli.tables.jobs import show_jobs

        show_jobs(self._dashboard, console(), as_json=as_json)

    def show(self, name: str, *, as_json: bool) -> None:
        from tune_jobs.cli.tables.jobs import show_job

        show_job(self._dashboard, name, console(), as_json=as_json)

    def stop(self, name: str) -> None:
        from tune_jobs.cluster.ray_jobs import job_of, stop
        from tune_jobs.redaction import redacted

        stop(self._dashboard, job_of(self._dashboard, name))
        typer.echo(f"Asked the job of {name} to end; tune show {name} --submit {redacted(self._dashboard)}")

    def _send(
        self,
        words: list[str],
        sweep: str,
        *,
        data: Path | None = None,
        space: Path | None = None,
        own: OwnCode | None = None,
    ) -> int:
        from tune_jobs.cluster.ray_jobs import submit
        from tune_jobs.redaction import redacted

        job = submit(self._dashboard, words, sweep, storage=self._storage, data=data, space=space, own=own)
        typer.echo(f"Sent {sweep} as job {job}. Follow it: tune show {sweep} --submit {redacted(self._dashboard)}")
        return 0


def this_command() -> str:
    """The command that runs, as a person would type it."""
    return valid(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))
