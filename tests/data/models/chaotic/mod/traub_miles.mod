COMMENT
Sodium and delayed-rectifier potassium currents of a hippocampal pyramidal cell (Traub & Miles 1991), with the threshold
shifted to vt as in benchmark 3 of Brette et al. 2007, J. Comput. Neurosci. 23:349.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_miles
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    RANGE gnabar, gkbar, vt
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.1 (S/cm2)
    gkbar = 0.03 (S/cm2)
    vt = -63 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    celsius (degC)
}

STATE { m h n }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = gnabar * m * m * m * h * (v - ena)
    ik = gkbar * n * n * n * n * (v - ek)
}

INITIAL {
    m = alpha_m(v) / (alpha_m(v) + beta_m(v))
    h = alpha_h(v) / (alpha_h(v) + beta_h(v))
    n = alpha_n(v) / (alpha_n(v) + beta_n(v))
}

DERIVATIVE states {
    LOCAL speed
    speed = 3 ^ ((celsius - 36) / 10)
    m' = speed * (alpha_m(v) * (1 - m) - beta_m(v) * m)
    h' = speed * (alpha_h(v) * (1 - h) - beta_h(v) * h)
    n' = speed * (alpha_n(v) * (1 - n) - beta_n(v) * n)
}

FUNCTION alpha_m(v (mV)) (/ms) { alpha_m = 0.32 * 4 * ratio((v - vt - 13) / 4) }
FUNCTION beta_m(v (mV)) (/ms) { beta_m = 0.28 * 5 * ratio(-(v - vt - 40) / 5) }
FUNCTION alpha_h(v (mV)) (/ms) { alpha_h = 0.128 * exp(-(v - vt - 17) / 18) }
FUNCTION beta_h(v (mV)) (/ms) { beta_h = 4 / (1 + exp(-(v - vt - 40) / 5)) }
FUNCTION alpha_n(v (mV)) (/ms) { alpha_n = 0.032 * 5 * ratio((v - vt - 15) / 5) }
FUNCTION beta_n(v (mV)) (/ms) { beta_n = 0.5 * exp(-(v - vt - 10) / 40) }

: x / (1 - exp(-x)), which is 1 + x/2 near 0
FUNCTION ratio(x) {
    if (fabs(x) < 1e-6) {
        ratio = 1 + x / 2
    } else {
        ratio = x / (1 - exp(-x))
    }
}
