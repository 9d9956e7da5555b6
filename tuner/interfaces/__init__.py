"""Define the types of NEURON and NetPyNE that the program uses, and call NetPyNE's private methods."""
