COMMENT
Delayed rectifier of the cerebellar granule cell.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_KV
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature
    RANGE n_inf, tau_n
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.00335 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    q
    n_inf
    tau_n (ms)
}

STATE { n }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    ik = gkbar * n ^ 4 * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 6.3 (degC)) / 10 (degC))
    rates(v)
    n = n_inf
}

DERIVATIVE states {
    rates(v)
    n' = (n_inf - n) / tau_n
}

PROCEDURE rates(v (mV)) {
    LOCAL opening, closing
    opening = q * 0.01 * 10 * linoid((v + 25) / 10)
    closing = q * 0.125 * exp(-(v + 35) / 80)
    n_inf = opening / (opening + closing)
    tau_n = 1 / (opening + closing)
}

: x / (1 - exp(-x)), which is 0 / 0 at 0.
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 + x / 2
    } else {
        linoid = x / (1 - exp(-x))
    }
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
