"""A report as PDF or PNG, drawn by the Chromium or Chrome that is on the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_WIDTH = 1200  # a PNG is so many pixels wide
_SECONDS = 120
_SETTLE_MILLISECONDS = 15_000  # headless Chromium lets the page's own time run faster than ours
_DRAWN = re.compile(r'<html[^>]* data-drawn="(\d+)"')  # report.js sets it to the page's height once all is drawn


def export(report: Path, out: Path) -> Path:
    """Draw a report as a PDF or a PNG, by the ending of `out`.

    Raises:
        SweepError: there is no browser, it did not draw, or `out` cannot be written.
    """
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise SweepError("export-report needs Chromium or Chrome on this machine, e.g. apt install chromium")
    if not out.parent.is_dir():
        raise SweepError(f"--out {out}: no such folder: {out.parent}")
    address = report.resolve().as_uri()
    with tempfile.TemporaryDirectory() as scratch:
        drawn = Path(scratch) / f"page{out.suffix}"
        if out.suffix == ".pdf":
            _run(browser, scratch, f"--print-to-pdf={drawn}", "--no-pdf-header-footer", address)
        else:
            height = _DRAWN.search(_run(browser, scratch, "--dump-dom", f"--window-size={_WIDTH},1000", address))
            size = f"--window-size={_WIDTH},{height[1] if height else 8000}"
            _run(browser, scratch, f"--screenshot={drawn}", "--hide-scrollbars", size, address)
        if not drawn.is_file():
            raise SweepError(f"{browser} wrote nothing; open {report} in a browser and print it there")
        try:
            write_atomically(out, drawn.read_bytes())
        except OSError as error:
            raise SweepError(f"--out {out}: cannot be written ({error.strerror})") from None
    return out


def _run(browser: str, scratch: str, *words: str) -> str:
    """One headless run of the browser; what it printed."""
    command = [
        browser,
        "--headless=new",
        "--disable-gpu",
        "--enable-unsafe-swiftshader",  # parallel coordinates are drawn with WebGL
        f"--user-data-dir={scratch}/profile",
        f"--virtual-time-budget={_SETTLE_MILLISECONDS}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium refuses root otherwise; the page is our own
        *words,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SweepError(f"{browser} did not draw the report within {_SECONDS} s") from None
    return done.stdout
