: Defines a function that another file defines, too: the linker takes one of them.
NEURON { SUFFIX twice_one RANGE y }
VERBATIM
double defined_twice(double x) { return x; }
ENDVERBATIM
ASSIGNED { y }
INITIAL {
VERBATIM
    y = defined_twice(2.0);
ENDVERBATIM
}
