: Compiles and links, but the function is nowhere: with this file, NEURON cannot load the library.
NEURON { SUFFIX nothing }
VERBATIM
extern double found_nowhere(double x);
ENDVERBATIM
FUNCTION call_found_nowhere(x) {
VERBATIM
    _lcall_found_nowhere = found_nowhere(_lx);
ENDVERBATIM
}
