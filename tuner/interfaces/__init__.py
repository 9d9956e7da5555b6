"""NEURON and NetPyNE as the program sees them: types of the parts that it uses, and NetPyNE's private methods."""
