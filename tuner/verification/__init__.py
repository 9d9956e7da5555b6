"""The best of a run, proved: exported, run by plain NetPyNE, and tested on held-out seeds."""
