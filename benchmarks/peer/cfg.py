"""NetPyNE's batch, as its users write it: the configuration, with the network's values as attributes."""

from tuner.library.netparams.sensory_motor import DEFAULTS, sim_config

cfg = sim_config(DEFAULTS, 1, 1000.0)
for _name, _value in DEFAULTS.items():
    setattr(cfg, _name, _value)
cfg.printPopAvgRates = True
cfg.saveJson = True
