COMMENT
Muscarine-sensitive potassium current (M) of Traub's superficial pyramid. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_km2
    USEION k READ ek WRITE ik
    RANGE gbar
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    alpha (/ms)
    beta (/ms)
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
    rates(v)
    m' = alpha * (1 - m) - beta * m
}

: A table because the original's rates are those of this one: straight between its voltages, constant beyond.
PROCEDURE rates(v (mV)) {
    TABLE alpha, beta FROM -120 TO 40 WITH 641
    alpha = 0.02 / (1 + exp((-v - 20) / 5))
    beta = 0.01 * exp((-v - 43) / 18)
}
