COMMENT
Slow potassium current (M-type) of the cerebellar granule cell.

The time constant is of the rates, the steady state of a curve of its own.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_KM
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature, ceiling
    RANGE n_inf, tau_n
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.000209 (S/cm2)
    temperature = -1000 (degC)
    ceiling = 1e9 (mV)
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
    ik = gkbar * n * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 22 (degC)) / 10 (degC))
    rates(v)
    n = n_inf
}

DERIVATIVE states {
    rates(v)
    n' = (n_inf - n) / tau_n
}

: Above the ceiling rates are constant: where the tables of the cell of 2020 end.
PROCEDURE rates(v (mV)) {
    LOCAL capped, opening, closing
    capped = v
    if (capped > ceiling) {
        capped = ceiling
    }
    opening = q * 0.0033 * exp((capped + 30) / 40)
    closing = q * 0.0033 * exp(-(capped + 30) / 20)
    n_inf = 1 / (1 + exp(-(capped + 35) / 6))
    tau_n = 1 / (opening + closing)
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
