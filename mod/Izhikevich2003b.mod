COMMENT
Izhikevich's simple model of 2003 as a current into a section, whose voltage is the model's.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, and 2004, 15:1063; the original is in ModelDB 39948.
Peculiar: 1 mV/ms of the model is 0.001 nA, so the equations hold if the section has 1 pF. u starts from 0, not from its
rest, b v, and is advanced by implicit Euler after the voltage. Fixed time step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS Izhikevich2003b
    NONSPECIFIC_CURRENT i
    RANGE a, b, c, d, f, g, Iin, thresh, capacitance
    RANGE computed, jump_from, jump_to, jump, push
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pA) = (picoamp)
    (nF) = (nanofarad)
    (pF) = (picofarad)
}

: capacitance is the section's.
PARAMETER {
    a = 0.02 (/ms)
    b = 0.2 (/ms)
    c = -65 (mV)
    d = 6 (mV/ms)
    f = 5 (/ms)
    g = 140 (mV/ms)
    Iin = 0 (mV/ms)
    thresh = 30 (mV)
    capacitance = 0.9896 (pF)
}

ASSIGNED {
    dt (ms)
    v (mV)
    i (nA)
    computed (ms)
    jump_from (mV)
    jump_to (mV)
    jump (mV)
    push (nA)
}

STATE { u (mV/ms) }

INITIAL {
    u = 0
    computed = t
    jump_from = 1e9
    jump = 0
    push = 0
    net_send(0, 1)
}

BREAKPOINT {
    SOLVE recovery METHOD derivimplicit
    if (t > computed) {
        begin(v)
    }
    i = current(v - jump) + push
}

DERIVATIVE recovery {
    u' = a * (b * v - u)
}

: For its slope NEURON evaluates the current twice a step, in the middle of it; the first time, when this runs, at
: v + 0.001 mV. CoreNEURON's events cannot set v. It is still where the jump begins then, and push brings it in one step
: to where the step would have ended from where the jump ends; other linear currents are taken into account by that.
PROCEDURE begin(v (mV)) {
    computed = t
    jump = 0
    if (v > jump_from - 0.01 && v < jump_from + 0.01) {
        jump = jump_from - jump_to
    }
    jump_from = 1e9
    push = jump * (0.001 (nA/pA) * capacitance / dt + (current(v - jump) - current(v - jump - 0.001)) / 0.001 (mV))
}

FUNCTION current(v (mV)) (nA) {
    current = -0.001 (nF) * (0.04 (/mV/ms) * v * v + f * v + g - u + Iin)
}

NET_RECEIVE(weight) {
    if (flag == 1) {
        WATCH (v > thresh) 2
        jump_from = v
        jump_to = -65
        v = jump_to
    } else if (flag == 2) {
        net_event(t)
        jump_from = v
        jump_to = c
        v = jump_to
        u = u + d
    }
}
