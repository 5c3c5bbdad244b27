"""The doctor's findings and what the cache holds, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from tune_jobs.cli.doctor import Diagnosis
    from tune_jobs.housekeeping.decoded import CachePart


_SHOWN_PORTS = 8


def show_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """The doctor's findings."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_row("tune", f"{diagnosis.tune_path or 'not on the PATH'} (of {diagnosis.tune_owner})")
    table.add_row("versions", ", ".join(f"{name} {version}" for name, version in diagnosis.versions.items()))
    table.add_row("CPUs", str(diagnosis.cpus))
    table.add_row("GPUs", ", ".join(diagnosis.gpus) or "none")
    free, total = diagnosis.memory_free_bytes, diagnosis.memory_total_bytes
    table.add_row("memory", f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB")
    table.add_row("disk", f"{diagnosis.disk_free_bytes / 1e9:.1f} GB free where sweeps are kept")
    loopback = sum(port.on_loopback for port in diagnosis.ray.ports)
    beyond = len(diagnosis.ray.ports) - loopback
    table.add_row("Ray's ports", f"{loopback} on loopback, {beyond} beyond" if diagnosis.ray.ports else "none open")
    for port in [port for port in diagnosis.ray.ports if not port.on_loopback][:_SHOWN_PORTS]:
        table.add_row("", f"{port.process} {port.address}:{port.port}")
    table.add_row("Ray's token", diagnosis.ray.token)
    console.print(table)
    for problem in diagnosis.problems:
        console.print(f"Problem: {problem}", highlight=False, soft_wrap=True)
    if not diagnosis.problems:
        console.print("Nothing is wrong.")


def show_cache(folder: Path, parts: Sequence[CachePart], console: Console) -> None:
    """What is in the cache, part by part, and all together."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    for part in parts:
        table.add_row(f"{part.size_bytes / 1e6:,.1f} MB", part.what, str(part.path))
    console.print(table, highlight=False)
    total = sum(part.size_bytes for part in parts)
    console.print(f"{folder}: {total / 1e6:,.1f} MB", highlight=False, soft_wrap=True)
