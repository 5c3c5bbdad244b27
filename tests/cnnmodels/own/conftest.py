import pytest

from tests.own_code import forgotten_afterwards


@pytest.fixture(autouse=True)
def forget():
    with forgotten_afterwards():
        yield
