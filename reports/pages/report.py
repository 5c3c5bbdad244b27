"""The report: one HTML file that opens offline, drawn from a sweep's folder alone."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import plotly.io
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from reports.analysis.ablation import why_wide
from reports.analysis.changed_space import space_changed
from reports.analysis.formatting import lasted, number, number_or_dash, short, when
from reports.analysis.hints import verdict
from reports.analysis.summary import state_in_a_word
from reports.pages.sections import Sections
from reports.pages.table_files import write_tables
from reports.records.atomic_write import write_atomically
from reports.records.folder import SweepFolder, is_running


def write_report(folder: SweepFolder) -> Path:
    """Draw the report anew, and the tables beside it; whoever reads the old one meanwhile, reads it whole.

    Raises:
        RecordError: the record is damaged.
    """
    content = Sections(folder)
    html = _html(content)
    write_tables(folder, content.view.trials)
    write_atomically(folder.report_path, html)
    return folder.report_path


def render(folder: SweepFolder, *, live: str | None = None) -> str:
    """The report's HTML: a file of its own, or, with the address that tells of changes, a page of `tune serve` that
    shows the sweep's state as well.

    Raises:
        RecordError: the record is damaged.
    """
    return _html(Sections(folder), live=live)


def get_ready() -> None:
    """Import and prepare what any report needs, so that the next one is drawn sooner by that."""
    from scipy import special  # noqa: F401  # as reports.analysis.distributions, which waits for its first use

    _packed_plotly()
    _environment().get_template("report.html")


def _html(content: Sections, live: str | None = None) -> str:
    running = live is not None and is_running(content.view.folder)
    return page(
        "report.html",
        live=live,
        sweep_state=state_in_a_word(content.view.state, running=running),
        figures={name: embedded(figure) for name, figure in content.figures.items()},
        says=content.says,
        **content.values,
    )


def page(template: str, **values: Any) -> str:
    """A template filled in; everything that comes from files is escaped.

    While it is, `placed` holds the names of the figures that have their place already (macros.html).
    """
    return _environment().get_template(template).render(packed_plotly=_packed_plotly, placed=[], **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "pages/templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(short=short, when=when, lasted=lasted, number=number, number_or_dash=number_or_dash)
    environment.filters.update(verdict=verdict, why_wide=why_wide, space_changed=space_changed, as_json=_as_json)
    return environment


@cache
def _packed_plotly() -> Markup:
    """Gzipped and in base64: 1.8 MB instead of 4.8; the page unpacks it."""
    return Markup(base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode())


def embedded(figure: Any) -> Markup:
    """A figure as JSON that no text in it can end: `<` never stands in it."""
    return _in_a_page(plotly.io.to_json(figure, validate=False))


def _as_json(values: Any) -> Markup:
    return _in_a_page(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _in_a_page(document: str) -> Markup:
    return Markup(document.replace("<", "\\u003c").replace("\u2028", "\\u2028"))
