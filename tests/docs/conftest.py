"""Run each code block once: where the slow blocks of a page are run, its other blocks are run with these."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Deselect the test of a page if the test of its slow blocks, which runs all blocks, is selected."""
    names = {item.name for item in items}
    twice = [item for item in items if item.name.replace("test_page[", "test_slow_page[") in names - {item.name}]
    config.hook.pytest_deselected(items=twice)
    items[:] = [item for item in items if item not in twice]
