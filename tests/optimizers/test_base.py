"""Check the example in the docstring of `Optimizer`."""

import doctest

from tuner.optimizers import base


def test_the_example_of_ask_and_tell():
    result = doctest.testmod(base)
    assert (result.attempted, result.failed) == (8, 0)
