TAU = {"exc": 2.5, "inh": 8.0}
