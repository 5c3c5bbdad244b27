"""Fixtures that more than one room's tests need."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tests run side by side, and threads would wait in turns

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # how long an example takes says nothing about the code
settings.load_profile("any machine")
ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test comes first, so that others run beside it, instead of all waiting for it at the end."""
    items.sort(key=lambda item: "test_twenty_kills" not in item.nodeid)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The small real image sets beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real image sets (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture(scope="module")
def browser():
    """A real one for tests of pages; Playwright bears neither a second one beside it nor another event loop."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine to look at pages with")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"]
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
