COMMENT
Inward rectifier of the cerebellar granule cell.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_KIR
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature
    RANGE d_inf, tau_d
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.002689 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    q
    d_inf
    tau_d (ms)
}

STATE { d }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    ik = gkbar * d * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 20 (degC)) / 10 (degC))
    rates(v)
    d = d_inf
}

DERIVATIVE states {
    rates(v)
    d' = (d_inf - d) / tau_d
}

PROCEDURE rates(v (mV)) {
    LOCAL opening, closing
    opening = q * 0.13289 * exp(-(v + 83.94) / 24.3902)
    closing = q * 0.16994 * exp((v + 83.94) / 35.714)
    d_inf = opening / (opening + closing)
    tau_d = 1 / (opening + closing)
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
