"""Define the simConfig that NetPyNE hands to a candidate.

`cfg.tune` has the searched numbers; the study's model decides everything else.
"""

from tuned_network import SEARCH


def configuration() -> object:
    """Return an empty SimConfig with the start point's numbers, which NetPyNE replaces for each candidate."""
    from netpyne.specs import SimConfig

    config = SimConfig()
    config.tune = dict(SEARCH["tune"])
    return config


cfg = configuration()
