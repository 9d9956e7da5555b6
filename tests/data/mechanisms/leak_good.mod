: Compiles; what it includes stands beside it.
NEURON { SUFFIX leak_good NONSPECIFIC_CURRENT i RANGE g, e }
INCLUDE "leak_units.inc"
PARAMETER { g = 0.003 (S/cm2) e = -70 (mV) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g * (v - e) }
