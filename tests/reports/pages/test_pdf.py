"""A report as PDF and PNG."""

from __future__ import annotations

import pytest
from PIL import Image

from reports.pages.pdf import export
from reports.pages.report import write_report
from reports.records.errors import SweepError
from tests.reports.sweeps import write_sweep


@pytest.mark.slow
def test_a_report_becomes_a_document_and_a_picture(tmp_path, browser):
    report = write_report(write_sweep(tmp_path / "s", trials=12))
    document = export(report, tmp_path / "r.pdf")
    assert document.read_bytes().startswith(b"%PDF")
    assert document.stat().st_size > 50_000
    with Image.open(export(report, tmp_path / "r.png")) as picture:
        assert picture.width == 1200
        assert picture.height > 4000
        ink = picture.convert("L").resize((60, 200)).getextrema()
        assert ink[0] < 200


def test_without_a_browser_an_export_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SweepError, match="needs Chromium or Chrome"):
        export(tmp_path / "report.html", tmp_path / "r.pdf")


@pytest.mark.slow
def test_an_export_into_nowhere_is_refused(tmp_path, browser):
    with pytest.raises(SweepError, match="no such folder"):
        export(tmp_path / "report.html", tmp_path / "missing" / "r.pdf")
