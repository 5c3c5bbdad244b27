"""The end of a sweep: pictures of what its best trial predicts, its report, and that of the sweep it takes apart."""

from __future__ import annotations

from pathlib import Path

from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from tune_jobs.progress import Progress
from tune_jobs.search.stop_conditions import Outcome


def finish_sweep(folder: SweepFolder, spec: SweepSpec, outcome: Outcome, cache: Path, progress: Progress) -> None:
    """Draw the gallery and write the report; not after a signal, since whoever wants out is not kept waiting."""
    if outcome in ("SIGINT", "SIGTERM"):
        return
    with progress.doing("Drawing the report"):
        from reports.pages.report import write_report
        from tune_jobs.gallery import draw_gallery

        draw_gallery(folder, spec.space, cache)
        write_report(folder)
        parent = SweepFolder(folder.path.parent / (spec.ablation_of or ""))
        if spec.ablation_of and parent.exists():
            write_report(parent)  # it shows what its ablations found
