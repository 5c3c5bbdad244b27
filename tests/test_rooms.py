"""Who may know whom: the rooms of the house, read from the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {"cnnmodels", "search_spaces", "reports", "tune_jobs"}
MAY_IMPORT = {
    "cnnmodels": set(),
    "reports": {"search_spaces", "cnnmodels"},
    "search_spaces": {"cnnmodels"},
    "tune_jobs": {"cnnmodels", "search_spaces", "reports"},
}
ONLY_TUNE_JOBS = {"ray"}
NOT_IN_REPORTS = {"torch", "torchvision"}


def imports_of(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_the_rooms_that_it_may_know(room):
    for path in (ROOT / room).rglob("*.py"):
        imports = imports_of(path)
        assert imports & ROOMS <= MAY_IMPORT[room] | {room}, path
        if room != "tune_jobs":
            assert not imports & ONLY_TUNE_JOBS, path
        if room == "reports":
            assert not imports & NOT_IN_REPORTS, path


def loaded_by(code: str) -> set[str]:
    """Top-level packages in memory after a fresh Python has run the code."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(output.stdout.split())


def test_models_and_reports_load_no_ray_and_reports_no_torch():
    assert not loaded_by("import cnnmodels, reports, reports.analysis.summary, reports.pages.report") & {
        "ray",
        "torch",
        "optuna",
    }
    assert not loaded_by("import cnnmodels.training, cnnmodels.data") & {"ray", "optuna"}


def test_the_help_loads_nothing_heavy():
    heavy = {"ray", "torch", "pandas", "plotly", "optuna", "pydantic", "numpy"}
    code = "import tune_jobs.cli.main\ntry:\n    tune_jobs.cli.main.app(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & heavy


def test_the_driver_prepares_data_without_torch():
    assert not loaded_by("import cnnmodels.data, tune_jobs.launch") & {"torch", "ray"}
