COMMENT
Fast potassium current of voltage and calcium (C, or BK) of Traub's superficial pyramid; calcium is that of traub_cad's
pool, in its units. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_kc
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
    alpha (/ms)
    beta (/ms)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION k
    g = gbar * m * by_calcium(cai)
    ik = g * (v - ek)
}

INITIAL {
    m = 0
}

DERIVATIVE states {
    rates(v)
    m' = alpha * (1 - m) - beta * m
}

: A table because the original's rates are those of this one: straight between its voltages, constant beyond.
PROCEDURE rates(v (mV)) {
    TABLE alpha, beta FROM -120 TO 40 WITH 641
    if (v < -10) {
        alpha = 2 / 37.95 * exp((v + 50) / 11 - (v + 53.5) / 27)
        beta = 2 * exp((-v - 53.5) / 27) - alpha
    } else {
        alpha = 2 * exp((-v - 53.5) / 27)
        beta = 0
    }
}

FUNCTION by_calcium(cai (mM)) {
    if (cai < 250) {
        by_calcium = 0.004 * cai
    } else {
        by_calcium = 1
    }
}
