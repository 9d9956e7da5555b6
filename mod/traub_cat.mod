COMMENT
Transient calcium current (T) of Traub's superficial pyramid. It does not feed the calcium pool, so NEURON knows it as
nonspecific. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_cat
    NONSPECIFIC_CURRENT i
    RANGE gbar, erev
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0 (S/cm2)
    erev = 125 (mV)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
    g (S/cm2)
    minf
    mtau (ms)
    hinf
    htau (ms)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g
    g = gbar * m ^ 2 * h
    i = g * (v - erev)
}

INITIAL {
    rates(v)
    m = 0
    h = hinf
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m) / mtau
    h' = (hinf - h) / htau
}

: A table because the original's rates are those of this one: straight between its voltages, constant beyond.
PROCEDURE rates(v (mV)) {
    TABLE minf, mtau, hinf, htau FROM -120 TO 40 WITH 641
    minf = 1 / (1 + exp((-v - 56) / 6.2))
    mtau = 0.204 + 0.333 / (exp((v + 15.8) / 18.2) + exp((-v - 131) / 16.7))
    hinf = 1 / (1 + exp((v + 80) / 4))
    if (v < -81) {
        htau = 0.333 * exp((v + 466) / 66.6)
    } else {
        htau = 9.32 + 0.333 * exp((-v - 21) / 10.5)
    }
}
