COMMENT
Transient potassium current (A) of Traub's superficial pyramid. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_ka
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
    hinf
    htau (ms)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION k
    g = gbar * m ^ 4 * h
    ik = g * (v - ek)
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
    minf = 1 / (1 + exp((-v - 60) / 8.5))
    mtau = 0.185 + 0.5 / (exp((v + 35.8) / 19.7) + exp((-v - 79.7) / 12.7))
    hinf = 1 / (1 + exp((v + 78) / 6))
    if (v < -63) {
        htau = 0.5 / (exp((v + 46) / 5) + exp((-v - 238) / 37.5))
    } else {
        htau = 9.5
    }
}
