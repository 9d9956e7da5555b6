COMMENT
Slow potassium current (Kv2.2) of the granule cell of 2020. Its rates do not depend on temperature.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_KV22
    USEION k READ ek WRITE ik
    RANGE gkbar
    RANGE m_inf, tau_m, h_inf, tau_h
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 1.203410852e-05 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    m_inf
    tau_m (ms)
    h_inf
    tau_h (ms)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gkbar * m * h * (v - ek)
}

INITIAL {
    rates(v)
    m = m_inf
    h = h_inf
}

DERIVATIVE states {
    rates(v)
    m' = (m_inf - m) / tau_m
    h' = (h_inf - h) / tau_h
}

PROCEDURE rates(v (mV)) {
    m_inf = 1 / (1 + exp(-(v - 5) / 12))
    tau_m = 130 / (1 + exp(-(v + 46.56) / 44.14))
    h_inf = 1 / (1 + exp((v + 16.3) / 4.8))
    tau_h = 10000 / (1 + exp(-(v + 46.56) / 44.14))
}
