"""A model's own code: found, run, and turned into NetPyNE's specs."""
