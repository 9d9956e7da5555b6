COMMENT
Izhikevich's simple model of 2007 as a current into a section, whose voltage is the model's.

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8; the original is in ModelDB 39948.
Peculiar: C is in units of the section's capacitance, 100 pF, and divides this current, Iin included, but no other
current into the section. u is advanced where the current is computed. Fixed time step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS Izhikevich2007b
    NONSPECIFIC_CURRENT i
    RANGE C, k, vr, vt, vpeak, a, b, c, d, celltype, Iin, capacitance
    RANGE u, peak_per_u, reset_per_u, computed, jump_from, jump_to, jump, push
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pA) = (picoamp)
    (pF) = (picofarad)
    (nS) = (nanosiemens)
}

: celltype: 1 RS, 2 IB, 3 CH, 4 LTS, 5 FS, 6 TC, 7 RTN. For 5, d is in mV, where u's target begins to rise; for 6 and
: 7, b holds up to -65 mV only. capacitance is the section's.
PARAMETER {
    C = 1
    k = 0.7 (nS/mV)
    vr = -60 (mV)
    vt = -40 (mV)
    vpeak = 35 (mV)
    a = 0.03 (/ms)
    b = -2 (nS)
    c = -50 (mV)
    d = 100 (pA)
    celltype = 1
    Iin = 0 (pA)
    capacitance = 100 (pF)
}

ASSIGNED {
    dt (ms)
    v (mV)
    i (nA)
    u (pA)
    peak_per_u (mV/pA)
    reset_per_u (mV/pA)
    computed (ms)
    jump_from (mV)
    jump_to (mV)
    jump (mV)
    push (nA)
}

INITIAL {
    u = 0
    computed = t
    jump_from = 1e9
    jump = 0
    push = 0
    peak_per_u = 0
    reset_per_u = 0
    if (celltype == 4) {
        peak_per_u = -0.1
        reset_per_u = 0.04
    } else if (celltype == 6) {
        peak_per_u = 0.1
        reset_per_u = -0.1
    }
    net_send(0, 1)
}

BREAKPOINT {
    if (t > computed) {
        begin(v)
    }
    i = current(v - jump) + push
}

: For its slope NEURON evaluates the current twice a step, in the middle of it; the first time, when this runs, at
: v + 0.001 mV. CoreNEURON's events cannot set v. It is still where the jump begins then, and push brings it in one step
: to where the step would have ended from where the jump ends; other linear currents are taken into account by that.
PROCEDURE begin(v (mV)) {
    jump = 0
    if (v > jump_from - 0.01 && v < jump_from + 0.01) {
        jump = jump_from - jump_to
    }
    jump_from = 1e9
    u = u + (t - computed) * a * (target(v - jump) - u)
    computed = t
    push = jump * (0.001 (nA/pA) * capacitance / dt + (current(v - jump) - current(v - jump - 0.001)) / 0.001 (mV))
}

FUNCTION current(v (mV)) (nA) {
    current = -(k * (v - vr) * (v - vt) - u + Iin) / C / 1000 (pA/nA)
}

: What u goes to while v stays. Products and quotients in this order have the original's last digits, which decide when FS
: spikes.
FUNCTION target(v (mV)) (pA) {
    LOCAL above
    target = b * (v - vr)
    if (celltype == 5) {
        target = 0
        if (v >= 1 (mV/pA) * d) {
            above = v - 1 (mV/pA) * d
            target = 0.025 (pA/mV3) * above * above * above
        }
    } else if (v > -65 && celltype == 6) {
        target = 0
    } else if (v > -65 && celltype == 7) {
        target = 2 (nS) * (v - vr)
    }
}

NET_RECEIVE(weight) {
    if (flag == 1) {
        WATCH (v > vpeak + peak_per_u * u) 2
        jump_from = v
        jump_to = vr
        v = jump_to
    } else if (flag == 2) {
        net_event(t)
        jump_from = v
        jump_to = c + reset_per_u * u
        v = jump_to
        if (celltype != 5) {
            u = u + d
        }
        if (celltype == 4 && u > 670) {
            u = 670
        }
    }
}
