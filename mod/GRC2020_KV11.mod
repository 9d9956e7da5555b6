COMMENT
Low-threshold potassium current (Kv1.1) of the granule cell of 2020.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_KV11
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
    gkbar = 0.00569738264555 (S/cm2)
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

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gkbar * n ^ 4 * (v - ek)
}

INITIAL {
    q = 2.7 ^ ((degrees() - 22 (degC)) / 10 (degC))
    rates(v)
    n = n_inf
}

DERIVATIVE states {
    rates(v)
    n' = (n_inf - n) / tau_n
}

PROCEDURE rates(v (mV)) {
    LOCAL opening, closing
    opening = q * 0.12889 * exp((v + 45) / 33.90877)
    closing = q * 0.12889 * exp(-(v + 45) / 12.42101)
    n_inf = opening / (opening + closing)
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
