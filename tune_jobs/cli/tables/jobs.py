"""Sweeps that were sent to a cluster as Ray Jobs. Text for people, or JSON."""

from __future__ import annotations

import time
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from tune_jobs.cli.tables.printing import print_json, table_of
from tune_jobs.redaction import redacted


def show_jobs(address: str, console: Console, *, as_json: bool) -> None:
    """The sweeps that were sent to a cluster."""
    from tune_jobs.cluster.ray_jobs import jobs

    found = jobs(address)
    if as_json:
        print_json([asdict(job) for job in found])
        return
    if not found:
        where = redacted(address)
        console.print(f"No sweeps at {where} yet. A first one: tune launch seg_unet --submit {where}")
        return
    table = table_of("sweep", "state", "job", "started")
    for job in found:
        started = time.strftime("%m-%d %H:%M", time.localtime(job.started)) if job.started else "-"
        table.add_row(job.sweep, job.state, job.id, started)
    console.print(table)


def show_job(address: str, sweep: str, console: Console, *, as_json: bool) -> None:
    """One sweep that was sent to a cluster: its state, and the end of its log."""
    from tune_jobs.cluster.ray_jobs import job_of, log_of

    job = job_of(address, sweep)
    log = log_of(address, job)
    if as_json:
        print_json({**asdict(job), "log": log.splitlines()})
        return
    console.print(f"{job.sweep}: {job.state} (job {job.id})", highlight=False, markup=False)
    if job.state in ("failed", "stopped") and job.message:
        console.print(job.message.splitlines()[-1], highlight=False, markup=False)
    console.print(Text.from_ansi(redacted(log)), highlight=False, soft_wrap=True)  # in the colours that it has
