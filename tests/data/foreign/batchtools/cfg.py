from netpyne.batchtools import specs

cfg = specs.SimConfig(
    {
        "duration": 150,
        "dt": 0.05,
        "verbose": False,
        "printPopAvgRates": [20, 150],
        "hParams": {"celsius": 6.3, "v_init": -65},
        "simLabel": "batchtools",
        "saveFolder": ".",
    }
)
cfg.weight = {"EI": 0.003, "IE": 0.005}
cfg.probabilities = [0.3, 0.5]
cfg.rate = 60

cfg.update()  # the values of this trial
