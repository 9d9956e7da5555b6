"""The pages say what the program has."""

import pytest

from tests.commands import ROOT
from tuner.optimizers import OPTIMIZERS


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_and_its_settings(name):
    line = next(x for x in (ROOT / "docs" / "optimizers.md").read_text().splitlines() if x.startswith(f"| `{name}` |"))
    if name == "nsga3":
        assert OPTIMIZERS["nsga3"].SETTINGS == OPTIMIZERS["nsga2"].SETTINGS and line.endswith("as `nsga2` |")
        return
    for key, entry in OPTIMIZERS[name].SETTINGS.items():
        default = "" if entry.default is None else f"{entry.default:g}" if type(entry.default) in (int, float) else ""
        assert f"`{key}` {default}" in line
