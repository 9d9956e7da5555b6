TITLE Slow potassium current

COMMENT
A made-up current: one gate that opens during spikes and closes slowly.
ENDCOMMENT

NEURON {
    SUFFIX kslow
    USEION k READ ek WRITE ik
    RANGE gbar, tau
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.0005 (S/cm2)
    tau = 40 (ms)
    half = -35 (mV)
    slope = 6 (mV)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
}

STATE { n }

INCLUDE "gating.inc"

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gbar * n * (v - ek)
}

INITIAL {
    n = activation(v, half, slope)
}

DERIVATIVE states {
    n' = (activation(v, half, slope) - n) / tau
}
