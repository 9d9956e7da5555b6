"""Build the network of a candidate for NetPyNE's batch, with values from the attributes of cfg."""

from __main__ import cfg
from tuner.library.netparams.sensory_motor import DEFAULTS, net_params

netParams = net_params({name: getattr(cfg, name) for name in DEFAULTS})
