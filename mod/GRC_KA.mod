COMMENT
A-type potassium current of the cerebellar granule cell.

Time constants are of the rates, steady states of curves of their own.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_KA
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature
    RANGE a_inf, tau_a, b_inf, tau_b
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.009488 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    q
    a_inf
    tau_a (ms)
    b_inf
    tau_b (ms)
}

STATE { a b }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    ik = gkbar * a ^ 3 * b * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 25.5 (degC)) / 10 (degC))
    rates(v)
    a = a_inf
    b = b_inf
}

DERIVATIVE states {
    rates(v)
    a' = (a_inf - a) / tau_a
    b' = (b_inf - b) / tau_b
}

PROCEDURE rates(v (mV)) {
    LOCAL opening, closing
    opening = q * 0.8147 / (1 + exp(-(v + 9.17203) / 23.32708))
    closing = q * 0.1655 * exp(-(v + 18.27914) / 19.47175)
    a_inf = 1 / (1 + exp(-(v + 38) / 17))
    tau_a = 1 / (opening + closing)
    opening = q * 0.0368 / (1 + exp((v + 111.33209) / 12.8433))
    closing = q * 0.0345 / (1 + exp(-(v + 49.9537) / 8.90123))
    b_inf = 1 / (1 + exp((v + 78.8) / 8.4))
    tau_b = 1 / (opening + closing)
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
