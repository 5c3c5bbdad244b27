"""What the documents promise is there."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_test_that_a_document_names_is_there():
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named = set(re.findall(r"`(test_\w+)`", document.read_text("utf-8")))
        assert named <= there, document
    assert len(re.findall(r"`test_", (ROOT / "docs" / "faults.md").read_text("utf-8"))) > 30


def test_every_file_that_a_document_links_to_is_there():
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            assert "://" in target or (document.parent / target).exists(), f"{document}: {target}"


def test_make_says_how_to_have_the_command_on_the_path():
    words = ["make", "--no-print-directory", "--dry-run", "tune"]
    dry = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"The command is {ROOT}/.venv/bin/tune" in dry.splitlines()[-1]
    assert f"source '{ROOT}/.venv/bin/activate'" in dry.splitlines()[-1]
