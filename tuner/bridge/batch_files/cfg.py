"""The simConfig that NetPyNE hands to a candidate: the searched numbers in cfg.tune. All else is the model's own."""

from tuned_network import SEARCH


def configuration() -> object:
    """An empty SimConfig with the numbers of the study's start point, which each candidate's take the place of."""
    from netpyne.specs import SimConfig

    config = SimConfig()
    config.tune = dict(SEARCH["tune"])
    return config


cfg = configuration()
