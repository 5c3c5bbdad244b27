"""A whole confirmation through Ray: a small sweep on images with a test split, its winner, and what is said of it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from reports.analysis.confirmation import verdicts
from reports.analysis.repeats import without_seed
from reports.analysis.summary import search_worth
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tune_jobs.cli.last_words import conclude
from tune_jobs.cluster.cluster import connect
from tune_jobs.confirm import confirm
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.driver import launch, resume
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.progress import SilentProgress

pytestmark = pytest.mark.slow
ASKED = ConfirmOptions(top=2, seeds=2)


@pytest.fixture(scope="module", autouse=True)
def ray_started_once():
    with connect():
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Red and blue noise, with a test split."""
    root, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for split, count in (("train", 12), ("valid", 6), ("test", 6)):
        for channel, name in ((0, "red"), (2, "blue")):
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 200, (24, 24, 3), dtype=np.uint8)
                pixels[..., channel] += 50
                Image.fromarray(pixels).save(root / split / name / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def confirmed(photos, tmp_path_factory):
    """A sweep, its confirmation, and what was said at the end."""
    where = LaunchTarget(tmp_path_factory.mktemp("storage"), tmp_path_factory.mktemp("cache"))
    changes = (f"data.path={photos}", "data.image_size=[24,24]", "fixed.width=4", "budget.trials=4", "named={}")
    changes += ("budget.max_epochs=2", "search.batch_size={choice: [4, 8], default: 4}")
    options = LaunchOptions("cls_resnet18", name="s", overrides=changes)
    sweep = launch(options, SilentProgress(), command="tune launch", target=where).folder
    result = confirm(sweep, where, SilentProgress(), ASKED, command="tune confirm s")
    said = io.StringIO()
    assert conclude(result, Console(file=said, width=200)) == 0
    return sweep, result.folder, where, said.getvalue()


def test_every_candidate_ran_with_fresh_seeds(confirmed):
    sweep, confirmation, _, _ = confirmed
    spec, state = confirmation.spec(), confirmation.state()
    configs = {without_seed(arm.config) for arm in spec.confirmation.arms}
    assert {without_seed(trial.config) for trial in state.trials.values()} <= configs
    assert sweep.spec().seed not in {trial.config["seed"] for trial in state.trials.values()}
    assert len(state.finished) <= spec.confirmation.runs == 4


def test_the_test_images_are_shown_to_the_winner_alone_and_its_weights_are_kept(confirmed):
    _, confirmation, _, said = confirmed
    state = confirmation.state()
    winner = verdicts(state, confirmation.spec()).winner
    assert len(state.tests) == len(winner.values)
    assert all(0 <= metrics["test_accuracy"] <= 1 for metrics in state.tests.values())
    assert {path.parent.name for path in confirmation.path.glob("trials/*/best.pt")} == set(state.tests)
    assert "On the 12 test images, which nothing else has seen: test_accuracy" in said


def test_the_confirmed_winner_is_the_winner_everywhere(confirmed):
    sweep, confirmation, _, _ = confirmed
    state, objective = sweep.state(), sweep.spec().space.objective
    winner = verdicts(confirmation.state(), confirmation.spec()).winner.trial
    assert state.confirmed.by == confirmation.name
    assert search_worth(state, objective).best.trial == state.confirmed.trial == winner
    html = sweep.report_path.read_text()
    assert f"With fresh seeds: {confirmation.name}" in html
    assert "On the 12 test images" in html
    assert "Which configuration is the best?" in confirmation.report_path.read_text()


def test_asked_again_it_does_what_is_missing_and_no_more(confirmed):
    sweep, confirmation, where, _ = confirmed
    before = confirmation.record_path.read_text(), sweep.record_path.read_text()
    assert confirm(sweep, where, SilentProgress(), ASKED, command="").folder.name == confirmation.name
    assert (confirmation.record_path.read_text(), sweep.record_path.read_text()) == before
    with pytest.raises(SweepError, match="is complete"):
        resume(SweepFolder(confirmation.path), where, SilentProgress())
    with pytest.raises(SweepError, match="confirm s, the sweep that it belongs to"):
        confirm(confirmation, where, SilentProgress(), ASKED, command="")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ConfirmOptions(top=1), "--top 1: use 2 or more"),
        (ConfirmOptions(seeds=1), "--seeds 1: use 2 or more"),
        (ConfirmOptions(indifference=-1.0), "--indifference -1.0: use 0 or more"),
    ],
)
def test_what_cannot_be_asked_is_refused(confirmed, options, message):
    sweep, _, where, _ = confirmed
    with pytest.raises(SweepError, match=message):
        confirm(sweep, where, SilentProgress(), options, command="")
