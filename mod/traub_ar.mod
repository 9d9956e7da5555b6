COMMENT
Anomalous rectifier (h) of Traub's superficial pyramid, a nonspecific current. Activation starts at 0.25, whatever the
voltage.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_ar
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
    erev = -35 (mV)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
    g (S/cm2)
    minf
    mtau (ms)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g
    g = gbar * m
    i = g * (v - erev)
}

INITIAL {
    m = 0.25
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m) / mtau
}

: A table because the original's rates are those of this one: straight between its voltages, constant beyond.
PROCEDURE rates(v (mV)) {
    TABLE minf, mtau FROM -120 TO 40 WITH 641
    minf = 1 / (1 + exp((v + 75) / 5.5))
    mtau = 1 / (exp(-14.6 - 0.086 * v) + exp(-1.87 + 0.07 * v))
}
