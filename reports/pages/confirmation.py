"""What a page shows of a confirmation: its sentences, and a row for each candidate."""

from __future__ import annotations

from typing import Any

from reports.analysis.confirmation import CandidateRow, Verdicts, verdicts
from reports.analysis.confirmation_words import confirmation_sentences
from reports.analysis.formatting import number, percent
from reports.analysis.view import SweepView
from reports.records.errors import RecordError, SweepError
from reports.records.folder import SweepFolder


def confirmation_of(view: SweepView) -> dict[str, Any] | None:
    """What the confirmation of a sweep found, or a sweep that is one itself; None where none can be read."""
    confirmed = view.worth.confirmed if view.worth and view.spec.is_search else None
    if confirmed is None:
        folder, spec, state = view.folder, view.spec, view.state
    else:
        folder = SweepFolder(view.folder.path.parent / confirmed.by)
        try:
            spec, state = folder.spec(), folder.state()
        except (RecordError, SweepError):  # it is gone, or its own page says what is wrong with it
            return None
    if spec.confirmation is None:
        return None
    found = verdicts(state, spec)
    settings = {arm.label: spec.space.in_effect(arm.config) for arm in spec.confirmation.arms}
    rows = [] if found is None else [_candidate(row, found) for row in found.rows]
    if found is not None and found.reference is not None:
        rows.append({**vars(found.reference), "chance": "", "verdict": "the default, to compare with"})
    return {
        "name": folder.name,
        "near": number(spec.confirmation.indifference),
        "sentences": confirmation_sentences(folder, spec, state),
        "rows": [{**row, "settings": settings[row["trial"]]} for row in rows],
    }


def _candidate(row: CandidateRow, found: Verdicts) -> dict[str, Any]:
    verdict = "a run failed" if row.failed else "worse"
    if row is found.winner:
        verdict = "the winner" if found.decided else "leads"
    elif row in found.tied:
        verdict = "cannot be told from the best"
    chance = percent(row.probability) if row.probability >= 0.01 else "<1%"
    return {**vars(row), "chance": chance, "verdict": verdict}
