"""The wheel that people install, outside the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("cnnmodels", "reports", "search_spaces", "tune_jobs")


@pytest.mark.slow
def test_the_wheel_holds_spaces_and_templates_and_works_outside_the_checkout(tmp_path):
    source = tmp_path / "source"  # apart, since setuptools takes up what an older build left behind
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / path, source)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {str(path.relative_to(source)) for room in ROOMS for path in (source / room).rglob("*") if path.is_file()}
    assert files <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    assert {"tune", "cnn-tune"} <= {path.name for path in (site / "bin").iterdir()}
    script = (
        "import search_spaces.loading as loading, tune_jobs.sweep, cnnmodels.training, reports.pages.report, pathlib\n"
        f"assert pathlib.Path(tune_jobs.__file__).is_relative_to({str(site)!r}), tune_jobs.__file__\n"
        "print(loading.load('seg_unet').model)\n"
        "reports.pages.report.PackageLoader('reports', 'pages/templates').get_source(None, 'report.html')"
    )
    options = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{script}"]
    done = subprocess.run(options, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.strip() == "unet", done.stderr
