COMMENT
Currents of the Wang-Buzsaki interneuron: sodium whose activation follows at once, delayed rectifier, leak.

Source: Wang & Buzsaki 1996, J. Neurosci. 16:6402, Materials and Methods. Rates do not depend on temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX wang_buzsaki
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gnabar, gkbar, gl, el, phi
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.035 (S/cm2)
    gkbar = 0.009 (S/cm2)
    gl = 0.0001 (S/cm2)
    el = -65 (mV)
    phi = 5
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
    h_opening = phi * h_alpha(v)
    h_closing = phi * h_beta(v)
    n_opening = phi * n_alpha(v)
    n_closing = phi * n_beta(v)
    h' = h_opening * (1 - h) - h_closing * h
    n' = n_opening * (1 - n) - n_closing * n
}

FUNCTION m(v (mV)) { m = 1 / (1 + m_beta(v) / m_alpha(v)) }

FUNCTION m_alpha(v (mV)) (/ms) { m_alpha = 0.1 * 10 * linoid((v + 35) / 10) }

FUNCTION m_beta(v (mV)) (/ms) { m_beta = 4 * exp(-(v + 60) / 18) }

FUNCTION h_alpha(v (mV)) (/ms) { h_alpha = 0.07 * exp(-(v + 58) / 20) }

FUNCTION h_beta(v (mV)) (/ms) { h_beta = 1 / (1 + exp(-(v + 28) / 10)) }

FUNCTION n_alpha(v (mV)) (/ms) { n_alpha = 0.01 * 10 * linoid((v + 34) / 10) }

FUNCTION n_beta(v (mV)) (/ms) { n_beta = 0.125 * exp(-(v + 44) / 80) }

: x / (1 - exp(-x)), which is 0 / 0 at 0.
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 + x / 2
    } else {
        linoid = x / (1 - exp(-x))
    }
}
