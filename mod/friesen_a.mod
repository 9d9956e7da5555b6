COMMENT
A-type potassium of Friesen's regular-spiking cell, with a slow activation and a fast inactivation.

Source: the cell "Friesen" of NetPyNE's import tutorial, which names no paper. It has a reversal of its own, not that of
the potassium ion. Rates depend neither on voltage nor on temperature.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX friesen_a
    USEION k WRITE ik
    RANGE gmax, erev, vhalfm, vsteepm, vhalfh, vsteeph, taum, tauh
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gmax = 0.005128325944072184 (S/cm2)
    erev = -82 (mV)
    vhalfm = -24 (mV)
    vsteepm = 3.2 (mV)
    vhalfh = 8 (mV)
    vsteeph = -4.9 (mV)
    taum = 82 (ms)
    tauh = 5 (ms)
}

ASSIGNED {
    v (mV)
    ik (mA/cm2)
}

STATE { m h }

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gmax * m * h * (v - erev)
}

INITIAL {
    m = opened(v, vhalfm, vsteepm)
    h = opened(v, vhalfh, vsteeph)
}

DERIVATIVE states {
    m' = (opened(v, vhalfm, vsteepm) - m) / taum
    h' = (opened(v, vhalfh, vsteeph) - h) / tauh
}

FUNCTION opened(v (mV), half (mV), steep (mV)) { opened = 1 / (1 + exp((half - v) / steep)) }
