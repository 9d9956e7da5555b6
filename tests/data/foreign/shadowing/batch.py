# How many cells a batch (a slice) of this model has; no NetPyNE Batch script
CELLS = {"A": 18, "B": 6}
