COMMENT
Calcium pool of the cerebellar granule cell: a shell of depth d below the membrane, emptied at the rate beta.

cai0 is what it starts from and returns to. It does not depend on the diameter, nor its removal on temperature.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_CALC
    USEION ca READ ica WRITE cai
    RANGE beta, cai0, d
}

UNITS {
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (um) = (micron)
    F = 96485.3 (coulomb)
}

PARAMETER {
    beta = 0.609785 (/ms)
    cai0 = 0.0025 (mM)
    d = 0.2 (um)
}

ASSIGNED {
    ica (mA/cm2)
}

STATE { cai (mM) }

: Implicit Euler as in the original: with cnexp a fixed step gives other spike times.
BREAKPOINT {
    SOLVE states METHOD derivimplicit
}

INITIAL {
    cai = cai0
}

: 1e4 makes mM/ms of mA/cm2 over coulomb/mol and um.
DERIVATIVE states {
    cai' = -ica * (1e4) / (2 * F * d) - beta * (cai - cai0)
}
