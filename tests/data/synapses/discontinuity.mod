TITLE An exponential in the words for variable time steps

NEURON {
    POINT_PROCESS Discontinuity
    NONSPECIFIC_CURRENT i
    RANGE tau, e
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
}
ASSIGNED { v (mV) i (nA) }
STATE { g (uS) }

INITIAL { g = 0 }

BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) {
    state_discontinuity(g, g + weight)
}
