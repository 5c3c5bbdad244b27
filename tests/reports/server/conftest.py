"""A storage folder with good and damaged sweeps, and a server over it."""

from __future__ import annotations

import shutil

import pytest

from tests.reports.serving import ODD_NAME, served
from tests.reports.sweeps import add_gallery, write_sweep


@pytest.fixture(scope="session")
def storage(tmp_path_factory):
    storage = tmp_path_factory.mktemp("storage")
    for name in ("one", "two", ODD_NAME):
        write_sweep(storage / name, trials=12)
    add_gallery(write_sweep(storage / "with-pictures", trials=3))
    (storage / "secret.txt").write_text("secret")
    (storage / "damaged").mkdir()
    shutil.copy(storage / "one" / "sweep.json", storage / "damaged")
    (storage / "damaged" / "record.jsonl").write_text('{"event": "nonsense"}\n{"event": "nonsense"}\n')
    (storage / "half").mkdir()
    (storage / "half" / "sweep.json").write_text("{")
    return storage


@pytest.fixture(scope="session")
def address(storage):
    with served(storage) as address:
        yield address
