"""What a network is: one model a file, runnable in plain NetPyNE without the tuner."""
