"""How quickly `tune serve` answers over 200 sweeps of 500 trials each, and how a sweep's report grows with its trials.

Run: python benchmarks/browsing.py [--sweeps 200] [--trials 500]. Peer: optuna-dashboard over the same trials, if it is
installed; both are asked for their list of sweeps (studies) and for one of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.pages.report import write_report  # noqa: E402
from reports.records.folder import SweepFolder, list_sweeps  # noqa: E402
from tests.reports.serving import served  # noqa: E402
from tests.reports.sweeps import write_sweep  # noqa: E402

REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=200)
    parser.add_argument("--trials", type=int, default=500)
    options = parser.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as scratch:
        storage = Path(scratch) / "sweeps"
        with console.status(f"Writing {options.sweeps} sweeps of {options.trials} trials"):
            for number in range(options.sweeps):
                write_sweep(storage / f"sweep-{number:03d}", options.trials)
        with console.status("Asking tune serve"), served(storage) as address:
            ours = _measured(address, f"/sweeps/{list_sweeps(storage)[0].name}/", until_read=True)
        with console.status("Asking optuna-dashboard"):
            theirs = _dashboard(list_sweeps(storage), Path(scratch) / "all.journal")
        console.print(_browsing(options, ours, theirs))
        console.print(_growth(Path(scratch)))


def _measured(address: str, one: str, *, until_read: bool) -> dict[str, float]:
    began = time.perf_counter()
    page = _get(address + "/")
    found = {"first answer": time.perf_counter() - began}
    while until_read and "being read" in page:
        time.sleep(0.2)
        page = _get(address + "/")
    found["everything read"] = time.perf_counter() - began
    for name, path in (("list", "/"), ("one", one)):
        times = []
        for _ in range(REPEATS + 1):
            started = time.perf_counter()
            _get(address + path)
            times.append(time.perf_counter() - started)
        found[f"{name}, first"] = times[0]
        found[f"{name}, again"] = statistics.median(times[1:])
    return found


def _dashboard(folders: list[SweepFolder], journal: Path) -> dict[str, float]:
    """The same trials in one journal, read by the real optuna-dashboard."""
    storage = JournalStorage(JournalFileBackend(str(journal)))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for folder in folders:
        study = optuna.create_study(storage=storage, study_name=folder.name, direction="maximize")
        study.add_trials(
            [
                optuna.trial.create_trial(
                    value=best[1], intermediate_values=trial.values("val_miou"), user_attrs={"trial": trial.trial}
                )
                for trial in folder.state().trials.values()
                if (best := trial.best("val_miou", "max"))
            ]
        )
    with _dashboard_process(journal) as address:
        began = time.perf_counter()
        studies = json.loads(_get(address + "/api/studies"))["study_summaries"]
        first = time.perf_counter() - began
        found = {"first answer": first, "everything read": first}
        for name, path in (("list", "/api/studies"), ("one", f"/api/studies/{studies[0]['study_id']}")):
            times = []
            for _ in range(REPEATS + 1):
                started = time.perf_counter()
                _get(address + path)
                times.append(time.perf_counter() - started)
            found[f"{name}, first"], found[f"{name}, again"] = times[0], statistics.median(times[1:])
        return found


@contextlib.contextmanager
def _dashboard_process(journal: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "optuna-dashboard"), str(journal), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _get(address: str) -> str:
    for _ in range(600):
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address, timeout=600) as answer:
            return answer.read().decode()
        time.sleep(0.1)  # it is not up yet
    raise SystemExit(f"{address} does not answer")


def _browsing(options: argparse.Namespace, ours: dict[str, float], theirs: dict[str, float]) -> Table:
    title = f"seconds to an answer, {options.sweeps} sweeps of {options.trials} trials"
    table = Table(title=title)
    for heading in ("asked for", "tune serve", "optuna-dashboard (its API alone)"):
        table.add_column(heading)
    for name in ours:
        table.add_row(name, f"{ours[name]:.3f}", f"{theirs[name]:.3f}")
    return table


def _growth(scratch: Path) -> Table:
    table = Table(title="a report by number of trials")
    for heading in ("trials", "seconds to write", "MB"):
        table.add_column(heading)
    for trials in (1, 12, 200, 500, 2000):
        folder = write_sweep(scratch / f"grown-{trials}", trials)
        write_report(folder)
        began = time.perf_counter()
        path = write_report(folder)
        table.add_row(str(trials), f"{time.perf_counter() - began:.2f}", f"{path.stat().st_size / 1e6:.2f}")
    return table


if __name__ == "__main__":
    main()
