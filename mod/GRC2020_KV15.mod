COMMENT
Ultrarapid potassium current (Kv1.5) of the granule cell of 2020, with a conductance that rises with voltage.

n and u inactivate; u takes 6.8 s at every temperature, so a run remembers the voltage that it started from.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_KV15
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature
    RANGE m_inf, tau_m, n_inf, tau_n, u_inf
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.00083407556714 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    q
    m_inf
    tau_m (ms)
    n_inf
    tau_n (ms)
    u_inf
}

STATE { m n u }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gkbar * (0.1 + 1 / (1 + exp(-(v - 15) / 13))) * m ^ 3 * n * u * (v - ek)
}

INITIAL {
    q = 2.2 ^ ((degrees() - 37 (degC)) / 10 (degC))
    rates(v)
    m = m_inf
    n = n_inf
    u = u_inf
}

DERIVATIVE states {
    rates(v)
    m' = (m_inf - m) / tau_m
    n' = (n_inf - n) / tau_n
    u' = (u_inf - u) / 6800 (ms)
}

PROCEDURE rates(v (mV)) {
    LOCAL opening, closing
    opening = q * 0.65 / (exp(-(v + 10) / 8.5) + exp(-(v - 30) / 59))
    closing = q * 0.65 / (2.5 + exp((v + 82) / 17))
    tau_m = 1 / (3 * (opening + closing))
    m_inf = 1 / (1 + exp(-(v + 30.3) / 9.6))
    opening = q * 0.001 / (2.4 + 10.9 * exp(-(v + 90) / 78))
    closing = q * 0.001 * exp((v - 168) / 16)
    tau_n = 1 / (3 * (opening + closing))
    n_inf = 0.25 + 1 / (1.35 + exp((v + 7) / 14))
    u_inf = 0.1 + 1 / (1.1 + exp((v + 7) / 14))
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
