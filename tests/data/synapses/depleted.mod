TITLE Short-term depression: resources of the synapse, not of a connection

NEURON {
    POINT_PROCESS DepletedSynapse
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
ASSIGNED { v (mV) i (nA) left (1) last (ms) }
STATE { g (uS) }

INITIAL {
    g = 0
    left = 1
    last = 0
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) {
    left = 1 - (1 - left) * exp(-(t - last) / recovery)
    g = g + weight * used * left
    left = left * (1 - used)
    last = t
}
