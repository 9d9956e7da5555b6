COMMENT
Slow afterhyperpolarisation current of Traub's superficial pyramid: a potassium current of the calcium in traub_cad's
pool alone, in that pool's units. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_kahp
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE gbar
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gbar = 0 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
    g (S/cm2)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION k
    g = gbar * m
    ik = g * (v - ek)
}

INITIAL {
    m = 0
}

DERIVATIVE states {
    LOCAL alpha
    alpha = opening(cai)
    m' = alpha * (1 - m) - 0.01 * m
}

FUNCTION opening(cai (mM)) (/ms) {
    if (cai < 100) {
        opening = cai / 10000
    } else {
        opening = 0.01
    }
}
