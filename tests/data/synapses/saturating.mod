TITLE A synapse that opens a share of what is still closed

NEURON {
    POINT_PROCESS SaturatingSynapse
    NONSPECIFIC_CURRENT i
    RANGE tau, e, most
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
    most = 0.01 (uS)
}
ASSIGNED { v (mV) i (nA) }
STATE { g (uS) }

INITIAL {
    g = 0
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) {
    g = g + weight * (1 - g / most)
}
