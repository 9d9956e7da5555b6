COMMENT
Fast sodium current of Traub's superficial pyramid. Its activation is shifted by 3.5 mV; the original shifts the
voltage at which inactivation starts as well, but not inactivation itself. Activation starts at 0.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_naf
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
    hinf
    htau (ms)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE g USEION na
    g = gbar * m ^ 3 * h
    ina = g * (v - ena)
}

INITIAL {
    rates(v + 3.5)
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
    LOCAL w
    TABLE minf, mtau, hinf, htau FROM -120 TO 40 WITH 641
    w = v - 3.5
    minf = 1 / (1 + exp((-w - 38) / 10))
    if (w < -30) {
        mtau = 0.025 + 0.14 * exp((w + 30) / 10)
    } else {
        mtau = 0.02 + 0.145 * exp((-w - 30) / 10)
    }
    hinf = 1 / (1 + exp((v + 62.9) / 10.7))
    htau = 0.15 + 1.15 / (1 + exp((v + 37) / 15))
}
