from netpyne import specs


def make_cfg(numE, numI, duration):
    cfg = specs.SimConfig()

    cfg.duration = duration
    cfg.dt = 0.05
    cfg.hParams = {"celsius": 6.3, "v_init": -65}
    cfg.verbose = False
    cfg.recordStep = 0.1
    cfg.simLabel = "kslow"
    cfg.saveFolder = "../data"
    cfg.savePickle = False
    cfg.saveJson = False

    cfg.numE = numE
    cfg.numI = numI
    cfg.gkslow = 0.0005
    cfg.probability = 0.3
    cfg.weightEI = 0.003
    cfg.weightIE = 0.004
    cfg.weightEE = 0.0008
    return cfg


cfg = make_cfg(numE=20, numI=6, duration=200)
cfg_small = make_cfg(numE=7, numI=3, duration=150)  # of small.npjson
