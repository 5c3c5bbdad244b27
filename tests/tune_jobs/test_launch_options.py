"""A launch's options: what they change in the space, and the command that asks for the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from search_spaces.loading import load
from tune_jobs.cli import main, run_commands
from tune_jobs.launch_options import LaunchOptions, ResumeOptions, override

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
PATHS = TEXT.map(Path)
WORDS = TEXT.filter(lambda text: not text.startswith("-"))  # a space is an argument
OPTIONS = st.builds(
    LaunchOptions,
    space=WORDS,
    data=st.none() | PATHS,
    name=st.none() | TEXT,
    preset=st.none() | TEXT,
    trials=st.none() | st.integers(-5, 500),
    time_limit=st.none() | TEXT,
    seed=st.integers(0, 2**31),
    overrides=st.lists(TEXT, max_size=3).map(tuple),
    constraint=st.lists(TEXT, max_size=3).map(tuple),
    weights=st.none() | PATHS,
    skip_broken=st.booleans(),
    log=st.lists(TEXT, max_size=2).map(tuple),
    storage=TEXT,
    address=st.none() | TEXT,
)


RESUMES = st.builds(
    ResumeOptions,
    trials=st.none() | st.integers(1, 500),
    time_limit=st.none() | TEXT,
    space=st.none() | TEXT,
    widen=st.lists(TEXT, max_size=3).map(tuple),
    epochs=st.none() | st.integers(1, 500),
    best=st.integers(1, 9),
    data=st.none() | PATHS,
)


def parsed(words: list[str]) -> LaunchOptions | ResumeOptions:
    """What the real command makes of these words."""
    heard = []

    class Hearing:
        def launch(self, options):
            heard.append(options)
            return 0

        def resume(self, name, options):
            heard.append(options)
            return 0

    with pytest.MonkeyPatch.context() as patched:
        for variable in ("CNN_TUNE_STORAGE", "CNN_TUNE_SUBMIT", "RAY_ADDRESS"):
            patched.delenv(variable, raising=False)
        patched.setattr(run_commands, "target", lambda *given, quiet: Hearing())
        done = CliRunner().invoke(main.app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return heard[0]


@given(OPTIONS)
def test_the_command_reads_the_words_of_options_back_to_equal_options(options):
    assert parsed(options.words()) == options


@given(RESUMES)
def test_the_command_reads_the_words_of_a_resume_back(options):
    assert parsed(["resume", "camvid", *options.words()]) == options


def test_options_of_the_space_are_values_of_it():
    options = LaunchOptions("seg_unet", trials=7, time_limit="2h", skip_broken=True, overrides=("budget.trials=5",))
    space = load("seg_unet", options.all_overrides())
    assert (space.budget.trials, space.budget.time_limit, space.data.skip_broken) == (7, 7200, True)


def test_a_preset_is_the_size_of_the_sweep_unless_an_option_says_otherwise():
    def sized(**options):
        budget = load("seg_unet", LaunchOptions("seg_unet", **options).all_overrides()).budget
        return budget.trials, budget.max_epochs, budget.grace_epochs

    assert sized(preset="quick") == (16, 9, 1)
    assert sized(preset="thorough", trials=7) == (7, 54, 6)
    assert sized(preset="thorough", overrides=("budget.max_epochs=18",)) == (120, 18, 2)


def test_no_option_changes_nothing():
    assert LaunchOptions("seg_unet").all_overrides() == []


def test_trials_of_zero_are_said_and_not_taken_for_none():
    assert LaunchOptions("seg_unet", trials=0).all_overrides() == ["budget.trials=0"]


@pytest.mark.parametrize("name", ["my photos", "a: b", "[x]", "'\"", "# no comment", "été", "🦆"])
def test_a_folder_of_any_name_reaches_the_space(name, tmp_path):
    space = load("seg_unet", LaunchOptions("seg_unet", data=tmp_path / name).all_overrides())
    assert space.data.path == tmp_path / name


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("fixed.width", 32, lambda space: space.fixed["width"] == 32),
        ("budget.reduction_factor", None, lambda space: space.budget.reduction_factor is None),
        ("search.lr", {"log_uniform": [1e-5, 1e-2], "default": 1e-4}, lambda space: space.default_of("lr") == 1e-4),
    ],
)
def test_a_value_of_python_is_an_override(key, value, seen):
    assert seen(load("seg_unet", [override(key, value)]))
