TITLE GABA-A receptor: chloride and bicarbonate through one conductance

NEURON {
    POINT_PROCESS TwoAnions
    USEION cl READ ecl WRITE icl VALENCE -1
    USEION hco3 READ ehco3 WRITE ihco3 VALENCE -1
    RANGE decay, bicarbonate, g, i
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    decay = 8 (ms)
    bicarbonate = 0.2
}
ASSIGNED {
    v (mV)
    ecl (mV)
    ehco3 (mV)
    icl (nA)
    ihco3 (nA)
    i (nA)
    gcl (uS)
}
STATE { g (uS) }

INITIAL { g = 0 }

BREAKPOINT {
    LOCAL driving
    SOLVE state METHOD cnexp
    driving = v - ecl
    gcl = (1 - bicarbonate) * g
    icl = gcl * driving
    ihco3 = (g - gcl) * (v - ehco3)
    i = icl + ihco3
}
DERIVATIVE state { g' = -g / decay }

NET_RECEIVE(weight (uS)) { g = g + weight }
