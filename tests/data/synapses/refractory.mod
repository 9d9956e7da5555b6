TITLE A synapse that is deaf for a while after an event

NEURON {
    POINT_PROCESS RefractorySynapse
    NONSPECIFIC_CURRENT i
    RANGE tau, e, pause
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
    pause = 10 (ms)
}
ASSIGNED { v (mV) i (nA) deaf (1) }
STATE { g (uS) }

INITIAL {
    g = 0
    deaf = 0
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE state { g' = -g / tau }

NET_RECEIVE(weight (uS)) {
    if (flag == 1) {
        deaf = 0
    } else {
        if (deaf == 0) {
            g = g + weight
            deaf = 1
            net_send(pause, 1)
        }
    }
}
