COMMENT
NMDA conductance: a difference of two exponentials with peak 1 for each unit of weight, blocked by magnesium as in
Jahr & Stevens 1990, J. Neurosci. 10:3178.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS NMDABlock
    RANGE tau_rise, tau_decay, e, mg, i, factor
    NONSPECIFIC_CURRENT i
}

UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    tau_rise = 2 (ms)
    tau_decay = 40 (ms)
    e = 0 (mV)
    mg = 1 (mM)
}

ASSIGNED {
    v (mV)
    i (nA)
    factor
}

STATE {
    rise (uS)
    decay (uS)
}

INITIAL {
    LOCAL peak
    rise = 0
    decay = 0
    peak = tau_rise * tau_decay / (tau_decay - tau_rise) * log(tau_decay / tau_rise)
    factor = 1 / (exp(-peak / tau_decay) - exp(-peak / tau_rise))
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    i = (decay - rise) * (v - e) / (1 + mg / 3.57 (mM) * exp(-0.062 (/mV) * v))
}

DERIVATIVE states {
    rise' = -rise / tau_rise
    decay' = -decay / tau_decay
}

NET_RECEIVE (weight (uS)) {
    rise = rise + weight * factor
    decay = decay + weight * factor
}
