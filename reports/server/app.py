"""`tune serve`: browse the sweeps of a storage folder, live. Reads only; serves nothing but what sweeps say."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup
from plotly.offline import get_plotlyjs
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from reports.analysis.tables import trials_table
from reports.pages.comparison import compare
from reports.pages.report import page, render
from reports.pages.table_files import as_file
from reports.records.errors import DamagedError, RecordError, SweepError
from reports.records.folder import SweepFolder, is_running, list_sweeps
from reports.server.access import AccessControl
from reports.server.sweep_list import SweepList, version_of

_PATIENCE_SECONDS = 0.5  # a list waits so long for records that changed, then shows what it knows
_SHARE_OF_TIME = 10  # a page that took a second to draw is drawn again after ten at the earliest
_MEDIA_TYPES = {"trials.csv": "text/csv", "trials.parquet": "application/vnd.apache.parquet"}


class _Pages:
    """Drawn reports, each kept until its sweep moves on; under many readers a page is drawn once."""

    def __init__(self) -> None:
        # Each page by its name: its version, its HTML, when it was drawn and how long that took, in seconds.
        self._drawn: dict[str, tuple[str, str, float, float]] = {}
        self._lock = threading.Lock()

    def version(self, folder: SweepFolder) -> str:
        """Of the newest page that would be given now."""
        known = self._drawn.get(folder.name)
        if known is not None and time.monotonic() - known[2] < _SHARE_OF_TIME * known[3]:
            return known[0]
        return _digest((*version_of(folder), is_running(folder)))

    def page(self, folder: SweepFolder) -> str:
        with self._lock:
            version, known = self.version(folder), self._drawn.get(folder.name)
            if known is None or known[0] != version:
                began = time.monotonic()
                html = render(folder, live="version")
                known = (version, html, time.monotonic(), time.monotonic() - began)
                self._drawn[folder.name] = known
            return known[1]


class _Site:
    """The routes' answers."""

    def __init__(self, storage: Path) -> None:
        self.storage, self.pages, self.overviews = storage, _Pages(), SweepList(storage)
        self.plotly = get_plotlyjs()

    def list_all(self, request: Request) -> Response:
        lines = self.overviews.lines(_PATIENCE_SECONDS)
        unread = sum(line.row is None for line in lines)
        values = {"lines": lines, "unread": unread, "storage": self.storage.name, "sparkline": sparkline}
        return HTMLResponse(page("list.html", live="/version", figures={}, **values))

    def list_version(self, request: Request) -> Response:
        return PlainTextResponse(_digest(tuple(map(repr, self.overviews.lines(_PATIENCE_SECONDS)))))

    def report(self, request: Request) -> Response:
        return HTMLResponse(self.pages.page(self._sweep(request.path_params["name"])))

    def to_report(self, request: Request) -> Response:
        return RedirectResponse(f"/sweeps/{quote(self._sweep(request.path_params['name']).name, safe='')}/")

    def report_version(self, request: Request) -> Response:
        return PlainTextResponse(self.pages.version(self._sweep(request.path_params["name"])))

    def table(self, request: Request) -> Response:
        folder, name = self._sweep(request.path_params["name"]), request.path_params["table"]
        if name not in _MEDIA_TYPES:
            raise SweepError("no such table")
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(folder.name + '-' + name, safe='')}"}
        content = as_file(trials_table(folder.state(), folder.spec()), name)
        return Response(content, media_type=_MEDIA_TYPES[name], headers=headers)

    def compare(self, request: Request) -> Response:
        folders = [self._sweep(name) for name in request.query_params.getlist("sweep")]
        return HTMLResponse(compare(folders, live="/version"))

    def script(self, request: Request) -> Response:
        return Response(self.plotly, media_type="text/javascript", headers={"Cache-Control": "private, max-age=86400"})

    def _sweep(self, name: str) -> SweepFolder:
        """By its name among those that are there, so that no path is ever made of what was asked."""
        for folder in list_sweeps(self.storage):
            if folder.name == name:
                return folder
        raise SweepError("no such sweep here")


def application(storage: Path, *, hosts: Iterable[str], token: str | None) -> Starlette:
    """The web application.

    Args:
        storage: folder that holds the sweeps.
        hosts: names and addresses that it may be asked by.
        token: what every request must bring, by HTTP Basic (as password) or Bearer; None asks for nothing.
    """
    site = _Site(storage)
    app = Starlette(
        routes=[
            Route("/", site.list_all),
            Route("/version", site.list_version),
            Route("/compare", site.compare),
            Route("/static/plotly.js", site.script),
            Route("/sweeps/{name}", site.to_report),
            Route("/sweeps/{name}/", site.report),
            Route("/sweeps/{name}/version", site.report_version),
            Route("/sweeps/{name}/{table}", site.table),
        ],
        middleware=[Middleware(AccessControl, hosts=hosts, token=token)],
        exception_handlers={SweepError: _not_found, DamagedError: _damaged, RecordError: _damaged},
    )
    app.router.redirect_slashes = False  # a redirect would echo whatever path was asked
    return app


def _not_found(request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400 if request.url.path == "/compare" else 404)


def _damaged(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"this sweep cannot be shown: {Path(str(error)).name}", 500)


def _digest(version: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(version).encode()).hexdigest()[:16]


def sparkline(values: list[float], width: int = 120, height: int = 22) -> Markup:
    """The course of some values as a small picture."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    scale = (height - 4) / ((high - low) or 1)
    steps = [
        f"{place * width / (len(values) - 1):.1f},{height - 2 - (value - low) * scale:.1f}"
        for place, value in enumerate(values)
    ]
    return Markup('<svg class="spark" width="{}" height="{}" role="img"><polyline points="{}"/></svg>').format(
        width, height, " ".join(steps)
    )
