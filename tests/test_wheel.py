"""The wheel that people install, outside the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_wheel_holds_spaces_and_templates_and_works_outside_the_checkout(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"search_spaces/seg_unet.yaml", "reports/templates/report.html", "cnnmodels/networks/unet.py"} <= names
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
        "import search_spaces.loading as loading, tune_jobs, reports.page, pathlib\n"
        f"assert pathlib.Path(tune_jobs.__file__).is_relative_to({str(site)!r}), tune_jobs.__file__\n"
        "print(loading.load('seg_unet').model)\n"
        "reports.page.PackageLoader('reports').get_source(None, 'report.html')"
    )
    options = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{script}"]
    done = subprocess.run(options, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.strip() == "unet", done.stderr
