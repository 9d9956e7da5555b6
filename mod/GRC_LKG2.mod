COMMENT
Tonic GABA-A current of the cerebellar granule cell.

A leak: the receptors outside synapses see a steady concentration.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71; D'Angelo et al. 2001, J. Neurosci. 21:759; ModelDB 116835
(Diwakar et al. 2009).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC_LKG2
    NONSPECIFIC_CURRENT i
    RANGE ggaba, egaba
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    ggaba = 0.000049 (S/cm2)
    egaba = -65 (mV)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
}

BREAKPOINT {
    i = ggaba * (v - egaba)
}
