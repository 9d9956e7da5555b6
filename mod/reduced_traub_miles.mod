COMMENT
Currents of the reduced Traub-Miles pyramidal cell: sodium whose activation follows at once, delayed rectifier, leak.

Source: Boergers 2017, An Introduction to Modeling Neuronal Dynamics (Springer), section 5.1, after Traub & Miles 1991
and Ermentrout & Kopell 1998, PNAS 95:1259. Rates do not depend on temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX reduced_traub_miles
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gnabar, gkbar, gl, el
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.1 (S/cm2)
    gkbar = 0.08 (S/cm2)
    gl = 0.0001 (S/cm2)
    el = -67 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    il (mA/cm2)
    gna (S/cm2)
    gk (S/cm2)
}

STATE { h n }

: An m that follows at once has a negative slope conductance, beyond the capacitance's in any useful time step: without
: CONDUCTANCE, which has NEURON take gna itself instead of that slope, the voltage leaves the range of the reversals.
BREAKPOINT {
    SOLVE states METHOD cnexp
    CONDUCTANCE gna USEION na
    CONDUCTANCE gk USEION k
    CONDUCTANCE gl
    gna = gnabar * m(v) ^ 3 * h
    gk = gkbar * n ^ 4
    ina = gna * (v - ena)
    ik = gk * (v - ek)
    il = gl * (v - el)
}

INITIAL {
    h = h_alpha(v) / (h_alpha(v) + h_beta(v))
    n = n_alpha(v) / (n_alpha(v) + n_beta(v))
}

DERIVATIVE states {
    LOCAL h_opening, h_closing, n_opening, n_closing
    h_opening = h_alpha(v)
    h_closing = h_beta(v)
    n_opening = n_alpha(v)
    n_closing = n_beta(v)
    h' = h_opening * (1 - h) - h_closing * h
    n' = n_opening * (1 - n) - n_closing * n
}

FUNCTION m(v (mV)) { m = 1 / (1 + m_beta(v) / m_alpha(v)) }

FUNCTION m_alpha(v (mV)) (/ms) { m_alpha = 0.32 * 4 * linoid((v + 54) / 4) }

FUNCTION m_beta(v (mV)) (/ms) { m_beta = 0.28 * 5 * linoid(-(v + 27) / 5) }

FUNCTION h_alpha(v (mV)) (/ms) { h_alpha = 0.128 * exp(-(v + 50) / 18) }

FUNCTION h_beta(v (mV)) (/ms) { h_beta = 4 / (1 + exp(-(v + 27) / 5)) }

FUNCTION n_alpha(v (mV)) (/ms) { n_alpha = 0.032 * 5 * linoid((v + 52) / 5) }

FUNCTION n_beta(v (mV)) (/ms) { n_beta = 0.5 * exp(-(v + 57) / 40) }

: x / (1 - exp(-x)), which is 0 / 0 at 0.
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 + x / 2
    } else {
        linoid = x / (1 - exp(-x))
    }
}
