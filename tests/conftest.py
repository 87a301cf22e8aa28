"""Settings for all tests."""

import gc

import pytest
from hypothesis import settings

# A machine that is busy with something else makes no test wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# What is collected is millions of objects that stay to the end, and whoever looks for garbage would walk through all of
# them time and again: a tenth of the time of the tests.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage from here on, seldom, and only in what the tests make."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
