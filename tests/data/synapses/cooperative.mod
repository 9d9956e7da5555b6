TITLE A current that needs two open subunits

NEURON {
    POINT_PROCESS CooperativeSynapse
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

INITIAL {
    g = 0
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g^2 / 0.01 (uS) * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) { g = g + weight }
