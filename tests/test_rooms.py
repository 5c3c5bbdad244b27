"""Who may know whom: the rooms of the house and the parts of each room, read from the imports (tests/house.py)."""

import ast
import subprocess
import sys

import pytest

from tests.house import CHAIN, LAYERS, ROOT, STRANGERS, arrows, arrows_of_parts, circle, modules, part_of, picture

ONLY_TUNE_JOBS = {"ray"}
NOT_IN_REPORTS = {"torch", "torchvision"}


def outside_packages(path):
    """Top-level packages that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_each_room_knows_only_the_rooms_to_its_right():
    for module, targets in arrows().items():
        right = CHAIN[CHAIN.index(module.split(".")[0]) :]
        assert {target.split(".")[0] for target in targets} <= set(right), module


@pytest.mark.parametrize("room", CHAIN)
def test_a_room_knows_only_the_packages_that_it_may(room):
    for path in modules(room).values():
        imports = outside_packages(path)
        if room != "tune_jobs":
            assert not imports & ONLY_TUNE_JOBS, path
        if room == "reports":
            assert not imports & NOT_IN_REPORTS, path


@pytest.mark.parametrize("room", CHAIN)
def test_each_part_of_a_room_has_its_place(room):
    placed = [part for layer in LAYERS[room] for part in layer]
    assert len(set(placed)) == len(placed)
    assert {part_of(module).partition(".")[2] for module in modules(room)} == set(placed)


@pytest.mark.parametrize("room", CHAIN)
def test_each_part_knows_only_the_parts_below_it(room):
    row_of = {f"{room}.{part}": row for row, layer in enumerate(LAYERS[room]) for part in layer}
    for part, targets in arrows_of_parts(arrows()).items():
        for target in targets & row_of.keys() if part in row_of else ():
            assert row_of[part] <= row_of[target], f"{part} imports {target}, which stands above it"


def test_strangers_do_not_know_each_other():
    found = arrows_of_parts(arrows())
    for one, other in STRANGERS:
        assert f"tune_jobs.{other}" not in found[f"tune_jobs.{one}"]
        assert f"tune_jobs.{one}" not in found[f"tune_jobs.{other}"]


def test_no_modules_import_each_other_in_a_circle():
    assert not circle(arrows())
    assert not circle(arrows_of_parts(arrows()))


def test_the_picture_of_the_house_is_up_to_date():
    assert (ROOT / "docs" / "structure.svg").read_text("utf-8") == picture(), "python -m tests.house draws it anew"


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


HEAVY = {"ray", "torch", "pandas", "plotly", "optuna", "pydantic", "numpy"}


def test_the_package_loads_nothing_heavy():
    assert not loaded_by("import tune_jobs") & HEAVY


def test_the_help_loads_nothing_heavy():
    code = "import tune_jobs.cli.main\ntry:\n    tune_jobs.cli.main.app(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & HEAVY


def test_the_driver_prepares_data_without_torch():
    assert not loaded_by("import cnnmodels.data, tune_jobs.driver") & {"torch", "ray"}


def test_training_does_not_import_the_compiler_of_torch(tmp_path):
    code = f"""
import torch
from pathlib import Path
from cnnmodels.config import parse
from cnnmodels.data import DataSpec, load
from cnnmodels.preflight import preflight
from cnnmodels.training import fit
data = load(DataSpec(name="shapes", images=40, image_size=(32, 32)), Path({str(tmp_path)!r}), "classification")
for rule in ("sgd", "adam", "adamw"):
    values = {{"optimizer": rule, "weight_average": "ema", "gradient_clip": 1.0, "epochs": 1, "width": 8}}
    config = parse({{"task": "classification", "model": "resnet18", **values}})
    list(fit(config, data))
    preflight(config, data, torch.device("cpu"))
assert not any(name.startswith("torch._dynamo") for name in sys.modules)
"""
    assert "sympy" not in loaded_by(code)
