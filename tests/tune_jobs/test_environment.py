"""What a user's environment lacks is found before a sweep has a folder, and said in one line that names what to set."""

import getpass
import os
import pwd
import resource
import subprocess
import sys

import pytest

from cnnmodels.errors import DataError
from cnnmodels.places import default_cache, expanded
from reports.records.errors import SweepError
from tests.conftest import ROOT
from tune_jobs.environment import refuse_unwritable_cache, settle_for_ray, tasks_needed

NAMES = ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME", "CNN_TUNE_CACHE", "TMPDIR", "RAY_TMPDIR")
TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")


@pytest.fixture
def bare(monkeypatch):
    """An environment without any of the variables, of a user without a name; as it was behind the test."""

    def nobody(user: int) -> None:
        raise KeyError(user)

    for name in (*NAMES, *TOKENS):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    return monkeypatch


def test_a_user_without_a_home_is_told_to_name_a_cache(bare, tmp_path):
    with pytest.raises(DataError, match="CNN_TUNE_CACHE: set it to a folder"):
        default_cache()
    bare.setenv("CNN_TUNE_CACHE", str(tmp_path))
    assert default_cache() == tmp_path


def test_the_home_stands_for_a_tilde_and_without_one_the_tilde_stays(bare, tmp_path):
    assert str(expanded("~/pics")) == "~/pics"
    bare.setenv("HOME", str(tmp_path))
    bare.setenv("CNN_TUNE_CACHE", "~/cache")
    assert expanded("~/pics") == tmp_path / "pics"
    assert default_cache() == tmp_path / "cache"


def test_a_cache_that_cannot_be_written_is_refused_by_name(tmp_path):
    refuse_unwritable_cache(tmp_path / "new" / "cache")
    (tmp_path / "file").write_text("")
    with pytest.raises(SweepError, match=r"file/cache: cannot be written \(Not a directory\); set CNN_TUNE_CACHE"):
        refuse_unwritable_cache(tmp_path / "file" / "cache")


def test_a_user_without_a_home_has_the_cache_for_one(bare, tmp_path):
    settle_for_ray(tmp_path)
    assert expanded("~/ray_results") == tmp_path / "ray_results"
    assert "RAY_AUTH_TOKEN" not in os.environ, "Ray keeps its own there"


def test_a_user_without_a_name_gets_one(bare, tmp_path):
    bare.setenv("HOME", str(tmp_path))
    settle_for_ray(tmp_path)
    assert getpass.getuser() == f"user-{os.getuid()}"


def test_a_token_is_brought_only_where_the_home_can_hold_none(bare, tmp_path):
    bare.setenv("HOME", str(tmp_path))
    settle_for_ray(tmp_path)
    assert "RAY_AUTH_TOKEN" not in os.environ
    (tmp_path / "file").write_text("")
    bare.setenv("HOME", str(tmp_path / "file"))
    settle_for_ray(tmp_path)
    assert len(os.environ["RAY_AUTH_TOKEN"]) == 64


def test_a_temporary_folder_too_long_for_sockets_gives_way_to_a_short_one(bare, tmp_path):
    bare.setenv("TMPDIR", str(tmp_path / ("long" * 20)))
    settle_for_ray(tmp_path)
    assert os.environ["RAY_TMPDIR"] == "/tmp"
    bare.setenv("RAY_TMPDIR", "/tmp/" + "long" * 20)
    with pytest.raises(SweepError, match=r"RAY_TMPDIR=/tmp/longl.*too long a path for Ray's sockets"):
        settle_for_ray(tmp_path)


def test_a_temporary_folder_that_cannot_be_made_is_refused_by_its_variable(bare, tmp_path):
    bare.setenv("TMPDIR", "/proc/version/x")
    with pytest.raises(SweepError, match="TMPDIR=/proc/version/x: cannot be written; set RAY_TMPDIR"):
        settle_for_ray(tmp_path)


def test_a_limit_on_processes_that_ray_would_hang_at_is_refused(bare, tmp_path):
    bare.setattr(os, "geteuid", lambda: 1000)
    bare.setattr(resource, "getrlimit", lambda limit: (200, 200))
    with pytest.raises(SweepError, match=rf"ulimit -u 200: Ray needs about {tasks_needed(os.cpu_count())} processes"):
        settle_for_ray(tmp_path)
    bare.setattr(resource, "getrlimit", lambda limit: (1_000_000, 1_000_000))
    settle_for_ray(tmp_path)


@pytest.mark.parametrize(
    "imported", ["ray.air.integrations.mlflow", "mlflow"]
)  # by Ray on its own, and by --log mlflow
def test_mlflow_writes_nothing_into_the_home(tmp_path, imported):
    script = f"""
import pathlib, sys
from tune_jobs.environment import settle_for_ray
settle_for_ray(pathlib.Path(sys.argv[1]), local=False)
import {imported}
"""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }  # no sign of a test in it
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert not list(tmp_path.rglob("*mlflow*"))
