"""The warnings of an analysis, which are errors in its tests."""

import warnings

import pytest


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
