COMMENT
Fast, inactivating potassium current (Kv3.4) of the granule cell of 2020.

The curves of Khaliq, Gouwens & Raman 2003, J. Neurosci. 23:4899, shifted by 11 mV; a third of the channels does not
inactivate.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_KV34
    USEION k READ ek WRITE ik
    RANGE gkbar, temperature
    RANGE m_inf, tau_m, h_inf, tau_h
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.02037346310915 (S/cm2)
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
    h_inf
    tau_h (ms)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gkbar * m ^ 3 * h * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 37 (degC)) / 10 (degC))
    rates(v + 11)
    m = m_inf
    h = h_inf
}

DERIVATIVE states {
    rates(v + 11)
    m' = (m_inf - m) / tau_m
    h' = (h_inf - h) / tau_h
}

: The time constants jump where their branches meet.
PROCEDURE rates(v (mV)) {
    m_inf = 1 / (1 + exp(-(v + 24) / 15.4))
    h_inf = 0.31 + 0.69 / (1 + exp((v + 5.802) / 11.2))
    if (v < -35) {
        tau_m = 1000 / q * 3 * (3.4225e-5 + 0.00498 * exp(v / 28.29))
    } else {
        tau_m = 1000 / q * (0.00012851 + 1 / (exp((v + 100.7) / 12.9) + exp(-(v - 56) / 23.1)))
    }
    if (v > 0) {
        tau_h = 1000 / q * (0.0012 + 0.0023 * exp(-0.141 * v))
    } else {
        tau_h = 1000 / q * (1.2202e-5 + 0.012 * exp(-((v + 56.3) / 49.6) ^ 2))
    }
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
