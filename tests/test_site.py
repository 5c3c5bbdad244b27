"""The documentation as a site, and the notebook, run as a reader would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_is_built_without_a_warning_and_holds_every_page(tmp_path):
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages <= {path.name for path in (tmp_path / "site").iterdir()}
    assert all(f"{page}.md" in (ROOT / "mkdocs.yml").read_text() for page in pages), "a page that no menu leads to"


@pytest.mark.slow
def test_the_notebook_runs_from_its_first_cell_to_its_last(tmp_path):
    cells = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    (tmp_path / "tutorial.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CNN_TUNE_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "tutorial.py"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "sweeps" / "tutorial" / "report.html").exists()
