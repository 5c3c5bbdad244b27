"""`tune serve`: browse the sweeps of a storage folder, live. Reads only; serves nothing but what sweeps say."""

from __future__ import annotations

import hashlib
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
from reports.pages.comparison import compare, refuse_number
from reports.pages.report import page, render
from reports.pages.table_files import as_file
from reports.records.errors import DamagedError, GoneError, RecordError, SweepError
from reports.records.folder import SweepFolder, is_running, list_sweeps
from reports.server.access import AccessControl
from reports.server.kept import BusyError, Kept, TurnOfReading, refuse_large
from reports.server.sweep_list import SweepList, version_of

_PATIENCE_SECONDS = 0.5  # a list waits so long for records that changed, then shows what it knows
_MEDIA_TYPES = {"trials.csv": "text/csv", "trials.parquet": "application/vnd.apache.parquet"}


class _Site:
    """The routes' answers."""

    def __init__(self, storage: Path) -> None:
        turn = TurnOfReading()
        self.storage, self.kept, self.overviews = storage, Kept(turn), SweepList(storage, turn)
        self.plotly = get_plotlyjs()

    def list_all(self, request: Request) -> Response:
        lines = self.overviews.lines(_PATIENCE_SECONDS)
        unread = sum(line.row is None for line in lines)
        values = {"lines": lines, "unread": unread, "storage": self.storage.name, "sparkline": sparkline}
        return HTMLResponse(page("list.html", live="/version", figures={}, **values))

    def list_version(self, request: Request) -> Response:
        return PlainTextResponse(_digest(tuple(map(repr, self.overviews.lines(_PATIENCE_SECONDS)))))

    def report(self, request: Request) -> Response:
        (folder,) = self._sweeps(request.path_params["name"])
        return HTMLResponse(
            self.kept.get(
                folder.name, lambda: _version(folder), lambda: render(folder, live="version").encode("utf-8", "replace")
            )
        )

    def to_report(self, request: Request) -> Response:
        return RedirectResponse(f"/sweeps/{quote(self._sweeps(request.path_params['name'])[0].name, safe='')}/")

    def report_version(self, request: Request) -> Response:
        (folder,) = self._sweeps(request.path_params["name"])
        return PlainTextResponse(self.kept.version(folder.name, lambda: _version(folder)))

    def table(self, request: Request) -> Response:
        (folder,), name = self._sweeps(request.path_params["name"]), request.path_params["table"]
        if name not in _MEDIA_TYPES:
            raise SweepError("no such table")
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(folder.name + '-' + name, safe='')}"}
        content = self.kept.get(
            f"{folder.name}/{name}",
            lambda: _version(folder),
            lambda: as_file(trials_table(folder.state(), folder.spec()), name),
        )
        return Response(content, media_type=_MEDIA_TYPES[name], headers=headers)

    def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("sweep")
        refuse_number(names)
        folders = self._sweeps(*names)
        content = self.kept.get(
            "?".join(names),
            lambda: _digest(tuple(map(_version, folders))),
            lambda: compare(folders, live="/version").encode("utf-8", "replace"),
        )
        return HTMLResponse(content)

    def script(self, request: Request) -> Response:
        return Response(self.plotly, media_type="text/javascript", headers={"Cache-Control": "private, max-age=86400"})

    def _sweeps(self, *names: str) -> list[SweepFolder]:
        """By their names among those that are there, so that no path is ever made of what was asked.

        Raises:
            SweepError: one of them is not there, or they are too large to be read here.
        """
        there = {folder.name: folder for folder in list_sweeps(self.storage)}
        if not there.keys() >= set(names):
            raise SweepError("no such sweep here")
        folders = [there[name] for name in names]
        refuse_large(*folders)
        return folders


def _version(folder: SweepFolder) -> str:
    return _digest((*version_of(folder), is_running(folder)))


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
        exception_handlers={
            SweepError: _not_found,
            GoneError: _gone,
            DamagedError: _damaged,
            RecordError: _damaged,
            BusyError: _busy,
            OSError: _away,
        },
    )
    app.router.redirect_slashes = False  # a redirect would echo whatever path was asked
    return app


def _not_found(request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400 if request.url.path == "/compare" else 404)


def _damaged(request: Request, error: Exception) -> Response:
    """What is on disk is at fault, not the server. The text of an error of ours ends in the file's name and why."""
    return PlainTextResponse(f"this sweep cannot be shown: {Path(str(error)).name}", 422)


def _gone(request: Request, error: Exception) -> Response:
    return PlainTextResponse("no such sweep here", 404)


def _busy(request: Request, error: Exception) -> Response:
    return PlainTextResponse("others are being answered; ask again in a minute", 503, headers={"Retry-After": "60"})


def _away(request: Request, error: Exception) -> Response:
    reason = error.strerror if isinstance(error, OSError) else None
    return PlainTextResponse(f"the sweeps cannot be read ({reason or 'an error of the disk'})", 503)


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
