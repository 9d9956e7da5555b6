import network
from netpyne import specs
from store import RATES

cfg = specs.SimConfig()
cfg.duration = 150
cfg.dt = 0.05
cfg.verbose = False
cfg.probability = network.PROBABILITY
cfg.rates = dict(RATES)
cfg.weightScale = 1.0
