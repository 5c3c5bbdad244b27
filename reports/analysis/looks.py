"""How often the test images of a sweep were looked at: a figure that was chosen after many looks is a lucky one too."""

from __future__ import annotations

from dataclasses import dataclass

from reports.analysis.repeats import confirmations_of
from reports.records.errors import RecordError
from reports.records.folder import SweepFolder


@dataclass(frozen=True)
class Looks:
    """Looks at the test images, as the records tell them."""

    evaluated: int  # by `tune evaluate`
    confirmed: dict[str, int]  # networks that were shown them, by the name of the confirmation

    def in_words(self) -> str:
        """One sentence."""
        looks = [f"{_times(self.evaluated)} by tune evaluate"] if self.evaluated else []
        looks += [f"by {name} for {count} networks" for name, count in self.confirmed.items()]
        return f"The test images have been opened {' and '.join(looks) or 'by nobody yet'}."


def looks_at_test_images(folder: SweepFolder) -> Looks:
    """Of a sweep and of the confirmations beside it.

    Raises:
        RecordError: the sweep's own record is damaged.
    """
    confirmed: dict[str, int] = {}
    for one in confirmations_of(folder):
        try:
            opened = one.state().tests_opened
        except RecordError:  # its own page says so
            continue
        if opened:
            confirmed[one.name] = opened
    return Looks(folder.state().tests_opened, confirmed)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
