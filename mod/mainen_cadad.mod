COMMENT
Calcium under the membrane of Mainen & Sejnowski's pyramidal cell: enters with the current, decays towards cainf.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488), after Destexhe, Babloyantz & Sejnowski 1993,
Biophys. J. 65:1538. The pump is left out, and calcium that a channel lets out is not taken from the pool.
Since this writes cai, NEURON has eca follow it by Nernst: a value that is given to eca is overwritten.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mainen_cadad
    USEION ca READ ica, cai WRITE cai
    RANGE depth, taur, cainf
}

UNITS {
    (mA) = (milliamp)
    (um) = (micron)
    (molar) = (1/liter)
    (mM) = (millimolar)
}

CONSTANT { FARADAY = 96489 (coul) }

PARAMETER {
    depth = 1 (um)
    taur = 5 (ms)
    cainf = 2.4e-4 (mM)
}

ASSIGNED { ica (mA/cm2) }

STATE { cai (mM) }

BREAKPOINT { SOLVE state METHOD cnexp }

INITIAL { cai = cainf }

DERIVATIVE state { cai' = inflow(ica) + (cainf - cai) / taur }

FUNCTION inflow(ica (mA/cm2)) (mM/ms) {
    inflow = -(10000) * ica / (2 * FARADAY * depth)
    if (inflow < 0) {
        inflow = 0
    }
}
