TITLE Short-term depression: resources of each connection, beside its weight

NEURON {
    POINT_PROCESS DepletedConnection
    NONSPECIFIC_CURRENT i
    RANGE tau, e, used, recovery
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
    used = 0.6
    recovery = 200 (ms)
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

NET_RECEIVE(weight (uS), spent (1), last (ms)) {
    INITIAL {
        spent = 0
        last = 0
    }
    spent = spent * exp(-(t - last) / recovery)
    g = g + weight * used * (1 - spent)
    spent = spent + used * (1 - spent)
    last = t
}
