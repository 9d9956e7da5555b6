TITLE Alpha function as two coupled states

NEURON {
    POINT_PROCESS CoupledAlpha
    NONSPECIFIC_CURRENT i
    RANGE tau, e, i
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 1.5 (ms)
    e = 0 (mV)
}
ASSIGNED { v (mV) i (nA) }
STATE { source (uS) g (uS) }

INITIAL {
    source = 0
    g = 0.0 (uS)
}
BREAKPOINT {
    SOLVE flow METHOD derivimplicit
    i = g * (v - e)
}
DERIVATIVE flow {
    source' = -source / tau
    g' = (source - g) / tau
}
NET_RECEIVE(weight (uS)) {
    source = source + 2.718281828 * weight
}
