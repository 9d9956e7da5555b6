COMMENT
Calcium-activated potassium current (KCa1.1, BK) of the granule cell of 2020: four calciums bind, at any number of which
the channel opens.

        C0 - C1 - C2 - C3 - C4
        |    |    |    |    |
        O0 - O1 - O2 - O3 - O4

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_KCA11
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gkbar, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
    (mM) = (milli/liter)
    FARADAY = (faraday) (coulomb)
    R = (k-mole) (joule/degC)
}

PARAMETER {
    gkbar = 0.01001807454651 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
    q
    thermal (mV)
}

STATE { C0 C1 C2 C3 C4 O0 O1 O2 O3 O4 }

BREAKPOINT {
    SOLVE scheme METHOD sparse
    ik = gkbar * (O0 + O1 + O2 + O3 + O4) * (v - ek)
}

INITIAL {
    q = 3 ^ ((degrees() - 23 (degC)) / 10 (degC))
    thermal = (1000) * R * (degrees() + 273.15 (degC)) / FARADAY
    C0 = 1
    C1 = 0
    C2 = 0
    C3 = 0
    C4 = 0
    O0 = 0
    O1 = 0
    O2 = 0
    O3 = 0
    O4 = 0
    SOLVE scheme STEADYSTATE sparse
}

: A bound calcium leaves a closed channel ten times as fast as an open one; rates in /ms, of binding in /(mM ms).
KINETIC scheme {
    LOCAL binding, open, close
    binding = q * 1000 * cai
    open = q * exp(0.73 * v / thermal)
    close = q * exp(-0.67 * v / thermal)
    ~ C0 <-> C1 (4 * binding, q * 11)
    ~ C1 <-> C2 (3 * binding, q * 22)
    ~ C2 <-> C3 (2 * binding, q * 33)
    ~ C3 <-> C4 (binding, q * 44)
    ~ O0 <-> O1 (4 * binding, q * 1.1)
    ~ O1 <-> O2 (3 * binding, q * 2.2)
    ~ O2 <-> O3 (2 * binding, q * 3.3)
    ~ O3 <-> O4 (binding, q * 4.4)
    ~ C0 <-> O0 (0.00239 * open, 3.936 * close)
    ~ C1 <-> O1 (0.007 * open, 1.152 * close)
    ~ C2 <-> O2 (0.04 * open, 0.659 * close)
    ~ C3 <-> O3 (0.295 * open, 0.486 * close)
    ~ C4 <-> O4 (0.557 * open, 0.092 * close)
    CONSERVE C0 + C1 + C2 + C3 + C4 + O0 + O1 + O2 + O3 + O4 = 1
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
