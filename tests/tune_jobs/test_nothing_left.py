"""A launch that cannot begin leaves nothing behind, whatever ends it."""

import pytest

from reports.records.errors import SweepError
from tune_jobs import driver, run_to_end
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.progress import SilentProgress


@pytest.mark.parametrize("error", [RuntimeError, OSError, SweepError, KeyboardInterrupt, SystemExit, MemoryError])
def test_a_launch_that_ends_before_its_first_line_leaves_no_folder(error, tmp_path, monkeypatch):
    def fail(address):
        raise error("outside this machine")

    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run_to_end, "prepare", fail)
    options = LaunchOptions(
        space="seg_unet",
        overrides=("data.images=40", "data.image_size=32"),
        seed=2**63 - 1,
        storage=str(tmp_path / "sweeps"),
    )
    with pytest.raises(error):
        driver.launch(options, SilentProgress(), command="tune launch")
    assert list((tmp_path / "sweeps").iterdir()) == []


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_nothing_takes_is_refused(seed):
    with pytest.raises(SweepError, match="use 0 to 9223372036854775807"):
        driver.launch(LaunchOptions(space="seg_unet", seed=seed), SilentProgress(), command="")
