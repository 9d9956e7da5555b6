COMMENT
Sodium current of the granule cell of 2020 in hillock and initial segment: GRC_NA's scheme with other inactivation and
with four states of long-term inactivation, which a homologue of fibroblast growth factor (FHF) brings about.

                  L3 - L4 - L5 - L6
                  |    |    |    |
        C1 - C2 - C3 - C4 - C5 - O - OB
        |    |    |    |    |    |
        I1 - I2 - I3 - I4 - I5 - I6

Every run starts in C1, not in the steady state. As in the original, the steps back from L4 and L5 have the forward
rate, alpha, where beta is expected: both directions speed up as the voltage rises.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_NAFHF
    USEION na READ ena WRITE ina
    RANGE gnabar, temperature
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 1.28725006737226 (S/cm2)
    temperature = -1000 (degC)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    q
}

STATE { C1 C2 C3 C4 C5 O OB I1 I2 I3 I4 I5 I6 L3 L4 L5 L6 }

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
    L3 = 0
    L4 = 0
    L5 = 0
    L6 = 0
}

: The inactivated row opens a and closes b times as fast, the fourth roots of 0.75 / 0.025 and of 0.002 / 0.5.
KINETIC scheme {
    LOCAL alpha, beta, a, b, inactivate, recover, lapse, regain
    alpha = q * 353.91 * exp(v / 13.99)
    beta = q * 1.272 * exp(-v / 13.99)
    a = 30 ^ 0.25
    b = 0.004 ^ 0.25
    inactivate = q * 0.025
    recover = q * 0.5
    lapse = q * 0.001
    regain = q * 0.5
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
    ~ O <-> I6 (q * 0.75, q * 0.002)
    ~ L3 <-> L4 (1.83 * alpha * 20, 3.279 * alpha * 0.075)
    ~ L4 <-> L5 (0.738 * alpha * 20, 5.422 * alpha * 0.075)
    ~ L5 <-> L6 (q * 150, q * 40)
    ~ C3 <-> L3 (lapse, regain)
    ~ C4 <-> L4 (lapse * 20, regain * 0.075)
    ~ C5 <-> L5 (lapse * 400, regain * 0.075 ^ 2)
    ~ O <-> L6 (lapse * 400, regain * 0.075 ^ 2)
    CONSERVE C1 + C2 + C3 + C4 + C5 + O + OB + I1 + I2 + I3 + I4 + I5 + I6 + L3 + L4 + L5 + L6 = 1
}

: Absolute zero and below is no temperature: the simulation's.
FUNCTION degrees() (degC) {
    if (temperature > -273.15) {
        degrees = temperature
    } else {
        degrees = celsius
    }
}
