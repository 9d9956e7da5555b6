COMMENT
Fast sodium of Mainen & Sejnowski's pyramidal cell.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).
h_inf does not follow from the two rates that add up to h_rate. vshift is added to the voltage of all of them, so -10 mV
have the channel open 10 mV further up.
Rates and conductance grow 2.3-fold in 10 degC. temperature is the channel's own; a value that is none, below absolute
zero, leaves it at the simulation's celsius.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mainen_naz
    USEION na READ ena WRITE ina
    RANGE gmax, temperature, vshift
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (pS) = (picosiemens)
    (um) = (micron)
}

PARAMETER {
    gmax = 1000 (pS/um2)
    temperature = -1000 (degC)
    vshift = -10 (mV)
}

ASSIGNED {
    v (mV)
    celsius (degC)
    ena (mV)
    ina (mA/cm2)
    faster
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = (1e-4) * faster * gmax * m ^ 3 * h * (v - ena)
}

INITIAL {
    faster = 2.3 ^ ((degrees() - 23) / 10)
    m = m_alpha(v + vshift) / (m_alpha(v + vshift) + m_beta(v + vshift))
    h = h_inf(v + vshift)
}

DERIVATIVE states {
    LOCAL opening, closing
    opening = faster * m_alpha(v + vshift)
    closing = faster * m_beta(v + vshift)
    m' = opening * (1 - m) - closing * m
    h' = faster * h_rate(v + vshift) * (h_inf(v + vshift) - h)
}

FUNCTION m_alpha(v (mV)) (/ms) { m_alpha = 0.182 * 9 * linoid((v + 35) / 9) }

FUNCTION m_beta(v (mV)) (/ms) { m_beta = 0.124 * 9 * linoid(-(v + 35) / 9) }

FUNCTION h_inf(v (mV)) { h_inf = 1 / (1 + exp((v + 65) / 6.2)) }

FUNCTION h_rate(v (mV)) (/ms) { h_rate = 0.024 * 5 * linoid((v + 50) / 5) + 0.0091 * 5 * linoid(-(v + 75) / 5) }

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
