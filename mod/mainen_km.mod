COMMENT
Muscarinic, slow and non-inactivating potassium of Mainen & Sejnowski's pyramidal cell.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).
Rates and conductance grow 2.3-fold in 10 degC. temperature is the channel's own; a value that is none, below absolute
zero, leaves it at the simulation's celsius.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mainen_km
    USEION k READ ek WRITE ik
    RANGE gmax, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (pS) = (picosiemens)
    (um) = (micron)
}

PARAMETER {
    gmax = 10 (pS/um2)
    temperature = -1000 (degC)
}

ASSIGNED {
    v (mV)
    celsius (degC)
    ek (mV)
    ik (mA/cm2)
    faster
}

STATE { n }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = (1e-4) * faster * gmax * n * (v - ek)
}

INITIAL {
    faster = 2.3 ^ ((degrees() - 23) / 10)
    n = n_alpha(v) / (n_alpha(v) + n_beta(v))
}

DERIVATIVE states {
    LOCAL opening, closing
    opening = faster * n_alpha(v)
    closing = faster * n_beta(v)
    n' = opening * (1 - n) - closing * n
}

FUNCTION n_alpha(v (mV)) (/ms) { n_alpha = 0.001 * 9 * linoid((v + 30) / 9) }

FUNCTION n_beta(v (mV)) (/ms) { n_beta = 0.001 * 9 * linoid(-(v + 30) / 9) }

FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}

: x / (1 - exp(-x)), which is 0 / 0 at 0.
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 + x / 2
    } else {
        linoid = x / (1 - exp(-x))
    }
}
