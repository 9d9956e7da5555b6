"""What Izhikevich's cells have in common: how a preset is chosen, and where a cell with a voltage of its own stands."""

from collections.abc import Mapping

from tuner.library.cells import nearest

# NEURON's own values. Nothing is inserted, so its voltage stays where it starts.
HOST = {"L": 100.0, "diam": 500.0, "nseg": 1, "Ra": 35.4, "cm": 1.0}  # um, ohm cm, uF/cm2


def chosen(presets: Mapping[str, Mapping[str, float]], preset: str, **changed: float | None) -> dict[str, float]:
    """The preset's parameters but for those that are changed, which None are not.

    Raises ValueError for a preset that is not there, with the nearest.
    """
    if preset not in list(presets):
        raise ValueError(f"no preset is called {preset!r}; {nearest(preset, presets)}")
    return {**presets[preset], **{name: value for name, value in changed.items() if value is not None}}
