COMMENT
Calcium-activated potassium current (BK-type) of the cerebellar granule cell.

No table over the voltage, as it would hold the calcium of the moment it was made: the cell would spike once.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_KCA
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gkbar, temperature
    RANGE c_inf, tau_c
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gkbar = 0.003411 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
    q
    c_inf
    tau_c (ms)
}

STATE { c }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    ik = gkbar * c * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 30 (degC)) / 10 (degC))
    rates(v, cai)
    c = c_inf
}

DERIVATIVE states {
    rates(v, cai)
    c' = (c_inf - c) / tau_c
}

PROCEDURE rates(v (mV), calcium (mM)) {
    LOCAL opening, closing
    : The concentration [mM] that halves a rate is e-fold lower for every 11.765 mV.
    opening = q * 2.5 / (1 + 1.5e-3 * exp(-v / 11.765) / calcium)
    closing = q * 1.5 / (1 + calcium / (0.15e-3 * exp(-v / 11.765)))
    c_inf = opening / (opening + closing)
    tau_c = 1 / (opening + closing)
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
