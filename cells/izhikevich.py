"""Define the elements that Izhikevich's cells share: the choice of a preset, and the section of a point process."""

from collections.abc import Mapping

from tuner.library.cells import nearest

# NEURON's default geometry. No mechanism is inserted, so the voltage of the section keeps its initial value.
HOST = {"L": 100.0, "diam": 500.0, "nseg": 1, "Ra": 35.4, "cm": 1.0}  # um, ohm cm, uF/cm2


def chosen(presets: Mapping[str, Mapping[str, float]], preset: str, **changed: float | None) -> dict[str, float]:
    """Return the parameters of a preset, with the changed values in place.

    Parameters
    ----------
    presets
        Parameters of each preset, by name.
    preset
        Name of the preset.
    **changed
        Values that replace the preset's; None keeps the preset's value.

    Raises
    ------
    ValueError
        If the preset does not exist. The message names the nearest existing name.
    """
    if preset not in list(presets):
        raise ValueError(f"no preset is called {preset!r}; {nearest(preset, presets)}")
    return {**presets[preset], **{name: value for name, value in changed.items() if value is not None}}
