# weights by synapse, in uS
WEIGHTS = {"AB": 0.004, "BA": 0.005, "AA": 0.001}
