"""What a Tab offers, asked as bash, zsh and fish ask."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.reports.sweeps import write_sweep
from tests.test_rooms import HEAVY, loaded_by
from tune_jobs.cli import main as cli


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CNN_TUNE_STORAGE", raising=False)
    for name in ("camvid", "camvid-2", "birds"):
        write_sweep(tmp_path / "sweeps" / name, trials=0)
    (tmp_path / "sweeps" / "no sweep").mkdir()
    return tmp_path


def offered(line, **environment):
    """What bash is given for a line whose last word is not finished."""
    words = line.split(" ")
    asked = {"_TUNE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), **environment}
    done = CliRunner().invoke(cli.app, [], prog_name="tune", env=asked)
    return done.output.split()


def test_sweeps_of_the_storage_that_the_line_names_are_offered(here):
    assert offered("tune show ") == ["birds", "camvid", "camvid-2"]
    assert offered("tune show cam") == ["camvid", "camvid-2"]
    assert offered("tune rm camvid ") == ["birds", "camvid-2"]
    write_sweep(here / "other" / "lyft", trials=0)
    assert offered("tune resume --storage other ") == ["lyft"]
    assert offered("tune resume ", CNN_TUNE_STORAGE="other") == ["lyft"]
    assert offered("tune resume --storage s3://bucket/sweeps ") == []
    assert offered("tune resume --storage nowhere ") == []


def test_packaged_spaces_and_ones_own_files_are_offered(here):
    (here / "mine.yaml").write_text("")
    (here / "spaces").mkdir()
    (here / "spaces" / "own.yml").write_text("")
    assert offered("tune launch seg") == ["seg_fcn32", "seg_unet"]
    assert "mine.yaml" in offered("tune launch ")
    assert offered("tune plan ./spaces/") == ["./spaces/own.yml"]
    assert "./spaces/" in offered("tune spaces ./")


def test_a_tab_loads_nothing_heavy(here):
    code = (
        "import os\n"
        "os.environ |= {'_TUNE_COMPLETE': 'complete_bash', 'COMP_WORDS': 'tune show ', 'COMP_CWORD': '2'}\n"
        "import tune_jobs.cli.main\ntry:\n    tune_jobs.cli.main.app(prog_name='tune')\nexcept SystemExit:\n    pass"
    )
    assert not loaded_by(code) & (HEAVY - {"pydantic"})  # which typer itself imports


@pytest.mark.parametrize(("shell", "where"), [("bash", ".bash_completions/tune.sh"), ("zsh", ".zfunc/_tune")])
def test_completion_is_installed_into_the_home(tmp_path, shell, where):
    code = (
        "import tune_jobs.cli.main; tune_jobs.cli.main.app(['--install-completion', '" + shell + "'], prog_name='tune')"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert f"{shell} completion installed" in done.stdout
    assert "_TUNE_COMPLETE" in (tmp_path / where).read_text()
