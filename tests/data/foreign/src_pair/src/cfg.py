from netpyne import specs

cfg = specs.SimConfig(
    {
        "duration": 150,
        "dt": 0.05,
        "verbose": False,
        "saveJson": False,
        "simLabel": "src_pair",
        "saveFolder": "output",
        "hParams": {"celsius": 6.3, "v_init": -65},
    }
)
cfg.popsFile = "data/pops.csv"
cfg.gshunt = 0.0001
cfg.gain = 1.0
