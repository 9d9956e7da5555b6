TITLE A vesicle is released, or not

NEURON {
    POINT_PROCESS StochasticRelease
    NONSPECIFIC_CURRENT i
    RANGE tau, e, chance
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
    chance = 0.5
}
ASSIGNED { v (mV) i (nA) }
STATE { g (uS) }

INITIAL {
    g = 0
    set_seed(7)
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) {
    if (scop_random() < chance) {
        g = g + weight
    }
}
