"""A message names where a value came from that nobody typed."""

import pytest

from tune_jobs.cli.origins import with_origins

MESSAGE = "--address 127.0.0.1:1: nothing answers there"


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    monkeypatch.delenv("CNN_TUNE_STORAGE", raising=False)
    monkeypatch.delenv("CNN_TUNE_SUBMIT", raising=False)


@pytest.mark.usefixtures("address")
def test_a_value_of_the_environment_is_called_by_its_variable():
    assert with_origins(MESSAGE, ["launch", "seg_unet"]) == (
        "RAY_ADDRESS=127.0.0.1:1: nothing answers there "
        "(RAY_ADDRESS is set in the environment; unset it, or give --address)"
    )


@pytest.mark.usefixtures("address")
@pytest.mark.parametrize("words", [["--address", "127.0.0.1:1"], ["--address=127.0.0.1:1"]])
def test_a_value_that_was_typed_is_called_by_its_option(words):
    assert with_origins(MESSAGE, ["launch", "seg_unet", *words]) == MESSAGE


@pytest.mark.usefixtures("address")
def test_a_message_of_something_else_stays():
    assert with_origins("mine.yaml: no such file", ["launch"]) == "mine.yaml: no such file"


def test_a_folder_of_the_environment_is_named_with_its_variable(monkeypatch):
    monkeypatch.setenv("CNN_TUNE_STORAGE", "/proc/sweeps")
    message = "/proc/sweeps/mine: cannot be written (denied); choose another --storage"
    assert with_origins(message, ["launch"]).endswith(
        "(CNN_TUNE_STORAGE is set in the environment; unset it, or give --storage)"
    )
