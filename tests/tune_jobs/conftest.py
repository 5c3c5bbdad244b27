"""The command in processes of its own, for tests of whole sweeps."""

from pathlib import Path

import pytest

from reports.records.folder import SweepFolder
from tests.tune_jobs.sweeps import tune


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def command(tmp_path, cache):
    """Starts the command; whatever still runs at the end of the test is killed."""
    started = []

    def start(*words):
        started.append(tune(*words, storage=tmp_path, cache=cache))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def folder(tmp_path) -> SweepFolder:
    return SweepFolder(tmp_path / "s")
