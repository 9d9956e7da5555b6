"""Find and run a model's own code, and return NetPyNE's specs."""
