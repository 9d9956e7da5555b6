"""Define the configuration for NetPyNE's batch, with the values of the network as attributes of cfg."""

from tuner.library.netparams.sensory_motor import DEFAULTS, sim_config

cfg = sim_config(DEFAULTS, 1, 1000.0)
for _name, _value in DEFAULTS.items():
    setattr(cfg, _name, _value)
cfg.printPopAvgRates = True
cfg.saveJson = True
