TITLE Difference of two exponentials; a tenth of its current is calcium

NEURON {
    THREADSAFE
    POINT_PROCESS CalciumSynapse
    USEION ca READ eca WRITE ica
    NONSPECIFIC_CURRENT ix
    RANGE rise, decay, e, share, g, i
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    rise = 0.5 (ms) <1e-9, 1e9>
    decay = 4 (ms) <1e-9, 1e9>
    e = 0 (mV)
    share = 0.1 (1)
}
ASSIGNED {
    v (mV)
    eca (mV)
    ica (nA)
    ix (nA)
    i (nA)
    g (uS)
    peak (1)
}
STATE { up (uS) down (uS) }

INITIAL {
    LOCAL t_peak
    if (rise / decay > 0.999) {
        rise = 0.999 * decay
    }
    up = 0 down = 0
    t_peak = rise * decay / (decay - rise) * log(decay / rise)
    peak = 1 / (exp(-t_peak / decay) - exp(-t_peak / rise))
}
BREAKPOINT {
    SOLVE decays METHOD cnexp
    g = down - up
    ica = share * g * (v - eca)
    ix = (1 - share) * g * (v - e)
    i = ica + ix
}
DERIVATIVE decays {
    up' = -up / rise
    down' = -down / decay
}
NET_RECEIVE(weight (uS)) {
    up = up + peak * weight
    down = down + weight * peak
}
