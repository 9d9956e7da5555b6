COMMENT
Short-term plasticity of a conductance that decays exponentially: each spike uses the part u of the resources R, which
recover with tau_recovery, while u falls back to 0 with tau_facilitation and steps up by U (1 - u).
Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS TsodyksMarkram
    RANGE tau, e, i, U, tau_recovery, tau_facilitation
    NONSPECIFIC_CURRENT i
}

UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}

PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
    U = 0.5 (1)
    tau_recovery = 100 (ms)
    tau_facilitation = 10 (ms)
}

ASSIGNED {
    v (mV)
    i (nA)
}

STATE { g (uS) }

INITIAL { g = 0 }

BREAKPOINT {
    SOLVE states METHOD cnexp
    i = g * (v - e)
}

DERIVATIVE states { g' = -g / tau }

NET_RECEIVE (weight (uS), u, R, tsyn (ms)) {
    INITIAL {
        u = 0
        R = 1
        tsyn = t
    }
    R = 1 - (1 - R) * exp(-(t - tsyn) / tau_recovery)
    u = u * exp(-(t - tsyn) / tau_facilitation)
    u = u + U * (1 - u)
    g = g + weight * u * R
    R = R - u * R
    tsyn = t
}
