"""The end of a sweep: pictures of what its best trial predicts, its report, and that of the sweep it says more of."""

from __future__ import annotations

from pathlib import Path

from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from tune_jobs.confirmed import conclude_confirmation
from tune_jobs.progress import Progress
from tune_jobs.search.stop_conditions import Outcome


def finish_sweep(folder: SweepFolder, spec: SweepSpec, outcome: Outcome, cache: Path, progress: Progress) -> None:
    """Conclude a confirmation, draw the gallery, write the report; not after a signal, since whoever wants out is not
    kept waiting."""
    if outcome in ("SIGINT", "SIGTERM"):
        return
    if spec.confirmation is not None and outcome == "completed":
        conclude_confirmation(folder, spec, cache, progress)
    with progress.doing("Drawing the report"):
        from reports.pages.report import write_report
        from tune_jobs.gallery import draw_gallery

        draw_gallery(folder, spec.space, cache)
        write_report(folder)
        parent = SweepFolder(folder.path.parent / (spec.about or ""))
        if spec.about and parent.exists():
            if spec.confirmation is not None:
                draw_gallery(parent, spec.space, cache)  # its winner may be another one now
            write_report(parent)  # it shows what this one found
