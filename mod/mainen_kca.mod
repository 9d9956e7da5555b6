COMMENT
Potassium of calcium alone, whatever the voltage, of Mainen & Sejnowski's pyramidal cell.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).
NEURON advances mechanisms in the order of their files' names: n goes with the calcium to which mainen_cadad has come in
the same step, as in the original.
Rates and conductance grow 2.3-fold in 10 degC. temperature is the channel's own; a value that is none, below absolute
zero, leaves it at the simulation's celsius.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mainen_kca
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE gmax, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (pS) = (picosiemens)
    (um) = (micron)
    (molar) = (1/liter)
    (mM) = (millimolar)
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
    cai (mM)
    faster
}

STATE { n }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = (1e-4) * faster * gmax * n * (v - ek)
}

INITIAL {
    faster = 2.3 ^ ((degrees() - 23) / 10)
    n = n_alpha(cai) / (n_alpha(cai) + n_beta())
}

DERIVATIVE states {
    LOCAL opening, closing
    opening = faster * n_alpha(cai)
    closing = faster * n_beta()
    n' = opening * (1 - n) - closing * n
}

FUNCTION n_alpha(cai (mM)) (/ms) { n_alpha = 0.01 * cai }

FUNCTION n_beta() (/ms) { n_beta = 0.02 }

FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
