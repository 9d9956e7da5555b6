"""Define network models: one model per file, runnable in plain NetPyNE without the tuner."""
