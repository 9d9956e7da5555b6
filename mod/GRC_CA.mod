COMMENT
High-threshold calcium current of the cerebellar granule cell.

The original asks for a fixed reversal of 129.33 mV, but has a pool that writes cai: NEURON then puts Nernst's potential
in its place, about 89 mV at rest and 52 mV after a spike. This is kept, by a formula of its own, as NEURON's knows the
simulation's temperature alone; cao is NEURON's default.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_CA
    USEION ca READ cai WRITE ica
    RANGE gcabar, cao, temperature, ceiling
    RANGE s_inf, tau_s, u_inf, tau_u, reversal
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
    (mM) = (milli/liter)
    R = (k-mole) (joule/degC)
    FARADAY = (faraday) (coulomb)
}

PARAMETER {
    gcabar = 0.012771 (S/cm2)
    cao = 2 (mM)
    temperature = -1000 (degC)
    ceiling = 1e9 (mV)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    cai (mM)
    ica (mA/cm2)
    q
    thermal (mV)
    reversal (mV)
    s_inf
    tau_s (ms)
    u_inf
    tau_u (ms)
}

STATE { s u }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    reversal = thermal / 2 * log(cao / cai)
    ica = gcabar * s ^ 2 * u * (v - reversal)
}

INITIAL {
    q = 3 ^ ((degrees() - 20 (degC)) / 10 (degC))
    thermal = (1000) * R * (degrees() + 273.15 (degC)) / FARADAY
    rates(v)
    s = s_inf
    u = u_inf
}

DERIVATIVE states {
    rates(v)
    s' = (s_inf - s) / tau_s
    u' = (u_inf - u) / tau_u
}

: Above the ceiling rates are constant: where the tables of the cell of 2020 end.
PROCEDURE rates(v (mV)) {
    LOCAL capped, opening, closing
    capped = v
    if (capped > ceiling) {
        capped = ceiling
    }
    opening = q * 0.04944 * exp((capped + 29.06) / 15.87301587302)
    closing = q * 0.08298 * exp(-(capped + 18.66) / 25.641)
    s_inf = opening / (opening + closing)
    tau_s = 1 / (opening + closing)
    opening = q * 0.0013 * exp(-(capped + 48) / 18.183)
    closing = q * 0.0013 * exp((capped + 48) / 83.33)
    u_inf = opening / (opening + closing)
    tau_u = 1 / (opening + closing)
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
