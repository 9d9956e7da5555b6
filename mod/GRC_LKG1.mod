COMMENT
Leak of the cerebellar granule cell.

Its reversal is far above rest: at rest it balances the inward rectifier.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_LKG1
    NONSPECIFIC_CURRENT i
    RANGE gl, el
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gl = 0.000025 (S/cm2)
    el = -16.5 (mV)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
}

BREAKPOINT {
    i = gl * (v - el)
}
