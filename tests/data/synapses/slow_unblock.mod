TITLE NMDA receptor whose magnesium leaves slowly: a gate that all synapses of a place have in common

NEURON {
    POINT_PROCESS SlowUnblock
    NONSPECIFIC_CURRENT i
    RANGE decay, e, slowness
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    decay = 30 (ms)
    e = 0 (mV)
    slowness = 3 (ms)
}
ASSIGNED { v (mV) i (nA) target (1) pace (ms) }
STATE { g (uS) unblocked (1) }

INITIAL {
    g = 0
    rates(v)
    unblocked = target
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * unblocked^2 * (v - e)
}
DERIVATIVE state {
    rates(v)
    g' = -g / decay
    unblocked' = (target - unblocked) / pace
}
PROCEDURE rates(v (mV)) {
    target = 1 / (1 + exp(-0.062 (/mV) * v) / 3.57)
    if (v > -20) {
        pace = slowness / 2
    } else {
        pace = slowness
    }
}
NET_RECEIVE(weight (uS)) { g = g + weight }
