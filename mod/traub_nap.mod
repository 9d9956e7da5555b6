COMMENT
Persistent sodium current of Traub's superficial pyramid. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_nap
    USEION na READ ena WRITE ina
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
    ena (mV)
    ina (mA/cm2)
    g (S/cm2)
    minf
    mtau (ms)
}

STATE { m }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION na
    g = gbar * m
    ina = g * (v - ena)
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
    minf = 1 / (1 + exp((-v - 48) / 10))
    if (v < -40) {
        mtau = 0.025 + 0.14 * exp((v + 40) / 10)
    } else {
        mtau = 0.02 + 0.145 * exp((-v - 40) / 10)
    }
}
