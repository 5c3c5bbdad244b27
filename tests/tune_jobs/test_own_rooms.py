"""A person's own package of one of our names, before ours on the path, changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def run(code: str, folder) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    for name in ("reports", "search_spaces", "cnnmodels"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    return tmp_path


def test_our_rooms_are_found_before_a_persons_own(project):
    code = "import tune_jobs.driver, reports, search_spaces, cnnmodels\n"
    said = run(f"{code}print(reports.__file__, search_spaces.__file__, cnnmodels.__file__)", project)
    assert said.returncode == 0, said.stderr
    assert str(project) not in said.stdout


def test_a_package_that_is_loaded_already_is_named(project):
    said = run("import reports, tune_jobs", project)
    assert said.stderr.strip().splitlines()[-1].startswith(f"ImportError: reports: {project}/reports is loaded under")
