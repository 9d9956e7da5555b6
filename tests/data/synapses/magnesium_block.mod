COMMENT
NMDA receptor: the block by magnesium depends on the voltage, not on the conductance.
Not a block of code: VERBATIM, POINTER x, net_send(1, 1)
ENDCOMMENT

NEURON {
    POINT_PROCESS MagnesiumBlock
    NONSPECIFIC_CURRENT i
    RANGE rise, decay, e, magnesium, block
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}
PARAMETER {
    rise = 2 (ms)
    decay = 30 (ms)
    e = 0 (mV)
    magnesium = 1 (mM)
}
ASSIGNED { v (mV) i (nA) block (1) }
STATE { A (uS) B (uS) }

INITIAL { A = 0 B = 0 }

BREAKPOINT {
    SOLVE state METHOD cnexp
    block = open(v)
    i = -(A - B) * block * (v - e)
}
DERIVATIVE state {
    A' = -A / rise
    B' = -B / decay
}
FUNCTION open(v (mV)) (1) { ? of all receptors
    TABLE DEPEND magnesium FROM -140 TO 80 WITH 2200
    open = 1 / (1 + exp(-0.062 (/mV) * v) * magnesium / 3.57 (mM))
}
NET_RECEIVE(weight (uS)) {
    A = A + weight
    B = B + weight
}
