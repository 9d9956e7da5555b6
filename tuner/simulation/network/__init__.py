"""Build the single NetPyNE network of a process, and change the network to new specs."""
