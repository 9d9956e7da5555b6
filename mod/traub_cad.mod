COMMENT
Calcium pool of Traub's superficial pyramid: filled by traub_cal's current, emptied at a rate of its own. It counts
calcium in units of its own, hundreds in a burst, that NEURON takes for mM: no reversal potential may be made of it.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756. Rates do not depend on
temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX traub_cad
    USEION ca READ ica WRITE cai
    RANGE phi, beta, ceiling
}

UNITS {
    (mA) = (milliamp)
    (mM) = (milli/liter)
}

PARAMETER {
    phi = 26000 (mM cm2/mA/ms)
    beta = 0.05 (/ms)
    ceiling = 1000 (mM)
}

ASSIGNED {
    ica (mA/cm2)
}

STATE { cai (mM) }

BREAKPOINT {
    SOLVE pool METHOD cnexp
}

INITIAL {
    cai = 0
}

DERIVATIVE pool {
    cai' = -phi * ica - beta * cai
    if (cai < 0) {
        cai = 0
    }
    if (cai > ceiling) {
        cai = ceiling
    }
}
