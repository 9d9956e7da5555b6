COMMENT
Slow non-inactivating potassium current (M-current); kinetics of Yamada, Koch & Adams 1989, with the Q10 of 3 and the
6.3 degC of NEURON's hh.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX m_current
    USEION k READ ek WRITE ik
    RANGE gbar, tau_max
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.003 (S/cm2)
    tau_max = 100 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    celsius (degC)
}

STATE { p }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gbar * p * (v - ek)
}

INITIAL { p = steady_state(v) }

DERIVATIVE states { p' = (steady_state(v) - p) / time_constant(v) }

FUNCTION steady_state(v (mV)) { steady_state = 1 / (1 + exp(-(v + 35) / 10)) }

FUNCTION time_constant(v (mV)) (ms) {
    time_constant = tau_max / (3.3 * exp((v + 35) / 20) + exp(-(v + 35) / 20)) / 3 ^ ((celsius - 6.3) / 10)
}
