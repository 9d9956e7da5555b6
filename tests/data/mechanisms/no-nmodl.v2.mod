: A syntax error: the translation stops at line 3.
NEURON { SUFFIX no_nmodl }
BREAKPOINT { this is no nmodl }
