COMMENT
High-voltage-activated calcium of Mainen & Sejnowski's pyramidal cell.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).
Rates and conductance grow 2.3-fold in 10 degC. temperature is the channel's own; a value that is none, below absolute
zero, leaves it at the simulation's celsius. With it the reversal grows as a Nernst potential does, in proportion to the
absolute temperature: eca is meant to follow cai, as it does beside a pool.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mainen_nca
    USEION ca READ eca WRITE ica
    RANGE gmax, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (pS) = (picosiemens)
    (um) = (micron)
}

PARAMETER {
    gmax = 0.1 (pS/um2)
    temperature = -1000 (degC)
}

ASSIGNED {
    v (mV)
    celsius (degC)
    eca (mV)
    ica (mA/cm2)
    faster
    hotter
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ica = (1e-4) * faster * gmax * m ^ 2 * h * (v - hotter * eca)
}

INITIAL {
    faster = 2.3 ^ ((degrees() - 23) / 10)
    hotter = (degrees() + 273.15) / (celsius + 273.15)
    m = m_alpha(v) / (m_alpha(v) + m_beta(v))
    h = h_alpha(v) / (h_alpha(v) + h_beta(v))
}

DERIVATIVE states {
    LOCAL m_opening, m_closing, h_opening, h_closing
    m_opening = faster * m_alpha(v)
    m_closing = faster * m_beta(v)
    h_opening = faster * h_alpha(v)
    h_closing = faster * h_beta(v)
    m' = m_opening * (1 - m) - m_closing * m
    h' = h_opening * (1 - h) - h_closing * h
}

FUNCTION m_alpha(v (mV)) (/ms) { m_alpha = 0.055 * 3.8 * linoid((v + 27) / 3.8) }

FUNCTION m_beta(v (mV)) (/ms) { m_beta = 0.94 * exp(-(v + 75) / 17) }

FUNCTION h_alpha(v (mV)) (/ms) { h_alpha = 0.000457 * exp(-(v + 13) / 50) }

FUNCTION h_beta(v (mV)) (/ms) { h_beta = 0.0065 / (1 + exp(-(v + 15) / 28)) }

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
