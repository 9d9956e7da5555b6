COMMENT
High-threshold calcium current (L) of Traub's superficial pyramid, which feeds traub_cad's pool. Its reversal is a
parameter: that pool is not in mM, and an eca by Nernst would mean nothing. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_cal
    USEION ca WRITE ica
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
    ica (mA/cm2)
    g (S/cm2)
    alpha (/ms)
    beta (/ms)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION ca
    g = gbar * m ^ 2
    ica = g * (v - erev)
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
    alpha = 1.6 / (1 + exp(-0.072 * (v - 5)))
    beta = 0.02 * 5 * linoid((v + 8.9) / 5)
}

: x / (exp(x) - 1), which is 0 / 0 at 0.
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 - x / 2
    } else {
        linoid = x / (exp(x) - 1)
    }
}
