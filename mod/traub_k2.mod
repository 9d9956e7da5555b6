COMMENT
Slowly inactivating potassium current (K2) of Traub's superficial pyramid. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_k2
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
    g = gbar * m * h
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
    minf = 1 / (1 + exp((-v - 10) / 17))
    mtau = 4.95 + 0.5 / (exp((v - 81) / 25.6) + exp((-v - 132) / 18))
    hinf = 1 / (1 + exp((v + 58) / 10.6))
    htau = 60 + 0.5 / (exp((v - 1.33) / 200) + exp((-v - 130) / 7.1))
}
