COMMENT
Delayed rectifier of Traub's superficial pyramid. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_kdr
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
    minf
    mtau (ms)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION k
    g = gbar * m ^ 4
    ik = g * (v - ek)
}

INITIAL {
    m = 0
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m) / mtau
}

: A table because the original's rates are those of this one: straight between its voltages, constant beyond.
PROCEDURE rates(v (mV)) {
    TABLE minf, mtau FROM -120 TO 40 WITH 641
    minf = 1 / (1 + exp((-v - 29.5) / 10))
    mtau = 0.25 + 4.35 * exp(-fabs(v + 10) / 10)
}
