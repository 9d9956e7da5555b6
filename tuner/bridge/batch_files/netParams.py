"""Build the netParams of a candidate for the numbers in cfg.tune."""

from tuned_network import specs

from __main__ import cfg

netParams, _ = specs(cfg.tune)
