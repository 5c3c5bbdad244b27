"""The example of somebody's own network as a real small sweep, and its code through the life of that sweep."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnmodels.data import load as load_data
from cnnmodels.errors import ConfigError
from cnnmodels.own.code import code_of, copy_code
from reports.records.folder import SweepFolder
from search_spaces.loading import load
from tests.own_code import NETS, forgotten_afterwards, write_own
from tests.tune_jobs.sweeps import nothing_lost, searched
from tests.tune_jobs.use.trained import write_photo
from tune_jobs.cluster.cluster import connect, travelling_code
from tune_jobs.driver import resume
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.own_code import use_kept_code
from tune_jobs.prepare import refuse_unfit_code
from tune_jobs.progress import SilentProgress
from tune_jobs.search.messages import FailureMessage
from tune_jobs.use.options import PredictOptions
from tune_jobs.use.predict import predict
from tune_jobs.workers.trainable import TrialContext, run_trial

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["data.images=20", "data.image_size=[24,32]", "search.filters.choice=[4,8]", "search.filters.default=4"]
SHORT = ["search.batch_size.choice=[4,8]", "budget.trials=2", "budget.max_epochs=1", "budget.reduction_factor=null"]


@pytest.fixture(scope="module", autouse=True)
def forget():
    with forgotten_afterwards():
        yield


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A copy of the example, and a sweep of it."""
    root = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / "examples" / "own_network", root / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="module")
def target(here):
    with connect():
        yield LaunchTarget(here / "sweeps", here / "cache")


@pytest.fixture(scope="module")
def folder(here, target):
    return searched(here / "mine" / "space.yaml", (*SMALL, *SHORT), target)


@pytest.mark.slow
def test_the_example_is_searched_as_our_own_networks_are(folder):
    state = folder.state()
    nothing_lost(state, folder, requested=2)
    assert {trial.reason for trial in state.trials.values()} == {"completed"}
    assert {"filters", "depth", "norm"} <= state.trials["0000"].config.keys()
    assert "network:Dilated: content" in folder.report_path.read_text()


@pytest.mark.slow
def test_its_version_and_a_copy_of_it_are_kept(folder, here):
    code = folder.spec().code
    assert code.networks == {"network:Dilated": "network:Dilated"}
    assert code.folder == here / "mine"
    assert code.version == f"content {code.digest}"
    assert [path.name for path in folder.code_path.iterdir()] == ["network.py"]


@pytest.mark.slow
def test_reading_a_sweep_imports_nothing_of_it(folder, here, tmp_path):
    foreign = tmp_path / "sweeps" / "s"
    shutil.copytree(folder.path, foreign)
    for place in (foreign / "code", tmp_path):
        (place / "network.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()")
    text = foreign.joinpath("sweep.json").read_text().replace(str(here / "mine"), str(tmp_path))
    foreign.joinpath("sweep.json").write_text(text)
    reading = (
        "from tune_jobs.cli.main import app\n"
        "for words in (['ls'], ['show', 's'], ['show', 's', '--json'], ['report', 's'], ['ls', '--json']):\n"
        "    assert not app(words, standalone_mode=False)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CNN_TUNE_CACHE": str(here / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", reading], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "val_miou" in done.stdout
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ConfigError, match="has no Dilated"):
        use_kept_code(SweepFolder(foreign), SweepFolder(foreign).spec())
    assert (tmp_path / "ran").exists(), "as it is imported by those who put it to work"


@pytest.mark.slow
def test_a_winner_is_put_to_work_by_the_copy(folder, here, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(here / "cache"))
    (here / "mine" / "network.py").rename(here / "mine" / "away.py")
    try:
        photo = write_photo(tmp_path / "a.png", (30, 40))
        found = predict(folder, [photo], PredictOptions(tmp_path / "out"), SilentProgress())
    finally:
        (here / "mine" / "away.py").rename(here / "mine" / "network.py")
    assert found.skipped.empty


@pytest.mark.slow
def test_a_resume_with_changed_code_says_so(folder, here, target):
    before = folder.spec().code
    file = here / "mine" / "network.py"
    file.write_text(file.read_text() + "\n# edited\n")
    resume(folder, target, SilentProgress(), trials=3)
    code = folder.spec().code
    assert code.digest != before.digest
    notes = [note.text for note in folder.state().notes]
    assert f"The code of network:Dilated has changed: it is {code.version}, it was {before.version}" in notes
    assert folder.code_path.joinpath("network.py").read_text().endswith("# edited\n")
    assert len(folder.state().finished) == 3


def test_an_error_in_a_trial_comes_with_its_own_traceback(tmp_path):
    space = load(str(write_own(tmp_path, NETS.replace("return self.layers(images)", "return self.leyers(images)"))))
    (tmp_path / "trials").mkdir()
    data = load_data(space.data, tmp_path / "cache", "segmentation")
    context = TrialContext(
        trials=tmp_path / "trials",
        uri=None,
        data=space.data,
        cache=tmp_path / "cache",
        fingerprint=data.fingerprint,
        metric="val_miou",
        mode="max",
        threads=1,
        code=code_of(space.model),
    )
    config = space.trial_config(space.default(), seed=0).model_dump(mode="json")
    *_, failure = run_trial("0000", config, context)
    assert isinstance(failure, FailureMessage)
    assert failure.error.startswith("AttributeError: 'TinyNet' object has no attribute 'leyers'")
    assert f'{tmp_path}/strange_nets.py", line' in failure.error
    with pytest.raises(
        ConfigError, match=r"fails on images .* no attribute 'leyers'.* \(.*strange_nets.py, line \d+\)"
    ):
        refuse_unfit_code(space, data)


def test_logits_of_another_shape_are_refused_before_any_trial(tmp_path):
    space = load(str(write_own(tmp_path, NETS.replace("self.layers(images)", "self.layers(images)[..., ::2, ::2]"))))
    data = load_data(space.data, tmp_path / "cache", "segmentation")
    with pytest.raises(ConfigError, match=r"logits are \[2, 13, 12, 16\]; segmentation takes \[2, 13, 24, 32\]"):
        refuse_unfit_code(space, data)


def test_the_modules_that_travel_are_those_that_the_network_needs(tmp_path):
    load(str(write_own(tmp_path)))
    (tmp_path / "other.py").write_text("")
    copy_code(code_of("strange_nets:TinyNet"), tmp_path / "sent")
    sent = travelling_code(tmp_path / "sent")["py_modules"]
    assert {Path(path).name for path in sent} >= {"cnnmodels", "strange_nets.py", "strange_layers.py"}
    assert not any(path.endswith("other.py") for path in sent)


def test_our_own_networks_have_no_code_of_somebody_s():
    assert code_of("unet") is None
