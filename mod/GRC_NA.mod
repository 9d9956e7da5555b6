COMMENT
Sodium current of the cerebellar granule cell: a Markov scheme of 13 states, which blocks when open (resurgent current).

        C1 - C2 - C3 - C4 - C5 - O - OB
        |    |    |    |    |    |
        I1 - I2 - I3 - I4 - I5 - I6

Every run starts in C1, not in the steady state, so the first milliseconds are no rest. Rates reach 1e4 /ms: only an
implicit solution holds at usual time steps.

Source: Magistretti, Castelli, Forti & D'Angelo 2006, J. Physiol. 573:83, after Raman & Bean 2001, Biophys. J. 80:729;
Masoli et al. 2017, Front. Cell. Neurosci. 11:71; ModelDB 116835 (Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_NA
    USEION na READ ena WRITE ina
    RANGE gnabar, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.386557 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    q
}

STATE { C1 C2 C3 C4 C5 O OB I1 I2 I3 I4 I5 I6 }

BREAKPOINT {
    SOLVE scheme METHOD sparse
    ina = gnabar * O * (v - ena)
}

INITIAL {
    q = 3 ^ ((degrees() - 20 (degC)) / 10 (degC))
    C1 = 1
    C2 = 0
    C3 = 0
    C4 = 0
    C5 = 0
    O = 0
    OB = 0
    I1 = 0
    I2 = 0
    I3 = 0
    I4 = 0
    I5 = 0
    I6 = 0
}

: The inactivated row opens a and closes b times as fast, the fourth roots of 0.75 / 0.005 and of 0.005 / 0.5, so no
: loop of the scheme has a preferred direction.
KINETIC scheme {
    LOCAL alpha, beta, a, b, inactivate, recover
    alpha = q * 353.91 * exp(v / 13.99)
    beta = q * 1.272 * exp(-v / 13.99)
    a = 150 ^ 0.25
    b = 0.01 ^ 0.25
    inactivate = q * 0.005
    recover = q * 0.5
    ~ C1 <-> C2 (5.422 * alpha, 0.738 * beta)
    ~ C2 <-> C3 (3.279 * alpha, 1.83 * beta)
    ~ C3 <-> C4 (1.83 * alpha, 3.279 * beta)
    ~ C4 <-> C5 (0.738 * alpha, 5.422 * beta)
    ~ C5 <-> O (q * 150, q * 40)
    ~ O <-> OB (q * 1.75, q * 0.0201 * exp(-v / 25))
    ~ I1 <-> I2 (5.422 * alpha * a, 0.738 * beta * b)
    ~ I2 <-> I3 (3.279 * alpha * a, 1.83 * beta * b)
    ~ I3 <-> I4 (1.83 * alpha * a, 3.279 * beta * b)
    ~ I4 <-> I5 (0.738 * alpha * a, 5.422 * beta * b)
    ~ I5 <-> I6 (q * 150, q * 40)
    ~ C1 <-> I1 (inactivate, recover)
    ~ C2 <-> I2 (inactivate * a, recover * b)
    ~ C3 <-> I3 (inactivate * a ^ 2, recover * b ^ 2)
    ~ C4 <-> I4 (inactivate * a ^ 3, recover * b ^ 3)
    ~ C5 <-> I5 (inactivate * a ^ 4, recover * b ^ 4)
    ~ O <-> I6 (q * 0.75, q * 0.005)
    CONSERVE C1 + C2 + C3 + C4 + C5 + O + OB + I1 + I2 + I3 + I4 + I5 + I6 = 1
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
