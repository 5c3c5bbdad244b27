"""One small trained sweep for each task, shared by the tests of this folder."""

import pytest

from tests.tune_jobs.use.trained import trained_sweep, write_bright_halves, write_red_and_blue

SPLITS = {"train": 12, "val": 8, "test": 7}


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def use_that_cache(cache, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(cache))


@pytest.fixture(scope="session")
def halves(tmp_path_factory):
    """Photos with masks, in three splits."""
    return write_bright_halves(tmp_path_factory.mktemp("halves"), SPLITS)


@pytest.fixture(scope="session")
def birds(tmp_path_factory):
    """Photos of two classes, in three splits."""
    return write_red_and_blue(tmp_path_factory.mktemp("birds"), SPLITS)


@pytest.fixture(scope="session")
def sweeps(tmp_path_factory, cache, halves, birds):
    """By task; that of masks has two trials."""
    storage = tmp_path_factory.mktemp("sweeps")
    named = [f"data.path={halves}", "data.classes=[dark, bright]"]
    return {
        "segmentation": trained_sweep(storage, cache, "segmentation", *named, name="masks", epochs=8, trials=2),
        "classification": trained_sweep(storage, cache, "classification", f"data.path={birds}", name="birds", epochs=6),
        "colorization": trained_sweep(storage, cache, "colorization", "data.images=12", name="colors"),
    }
