COMMENT
Izhikevich's simple model of 2007 with a voltage and receptors of its own; the section it stands on is only a place.

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8, and Izhikevich & Edelman 2008, PNAS
105:3593, for the receptors; the original is in ModelDB 39948.
Peculiar: explicit Euler with the time step of the run. Where C is small this is beyond its stability range, and V
saw-tooths. An event has a weight for each of AMPA, NMDA, GABAA, GABAB, opsin; a spike sets all conductances to 0.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS Izhikevich2007a
    RANGE C, k, vr, vt, vpeak, a, b, c, d, celltype, Iin
    RANGE tauAMPA, tauNMDA, tauGABAA, tauGABAB, tauOpsin
    RANGE V, u, solved, gAMPA, gNMDA, gGABAA, gGABAB, gOpsin
    RANGE peak_per_u, reset_per_u
}

UNITS {
    (mV) = (millivolt)
    (pA) = (picoamp)
    (pF) = (picofarad)
    (nS) = (nanosiemens)
}

: celltype: 1 RS, 2 IB, 3 CH, 4 LTS, 5 FS, 6 TC, 7 RTN. For 5, d is in mV, where u's target begins to rise; for 6 and
: 7, b holds up to -65 mV only.
PARAMETER {
    C = 1 (pF)
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
    tauAMPA = 5 (ms)
    tauNMDA = 150 (ms)
    tauGABAA = 6 (ms)
    tauGABAB = 150 (ms)
    tauOpsin = 50 (ms)
}

ASSIGNED {
    V (mV)
    u (pA)
    solved (ms)
    gAMPA (nS)
    gNMDA (nS)
    gGABAA (nS)
    gGABAB (nS)
    gOpsin (nS)
    peak_per_u (mV/pA)
    reset_per_u (mV/pA)
}

INITIAL {
    V = vr
    u = 0
    solved = t
    close()
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
    SOLVE advance
}

: t - solved is dt but for its last digits, to which FS is sensitive and which are the original's.
PROCEDURE advance() {
    LOCAL step_ms, before
    step_ms = t - solved
    solved = t
    gAMPA = gAMPA - step_ms * gAMPA / tauAMPA
    gNMDA = gNMDA - step_ms * gNMDA / tauNMDA
    gGABAA = gGABAA - step_ms * gGABAA / tauGABAA
    gGABAB = gGABAB - step_ms * gGABAB / tauGABAB
    gOpsin = gOpsin - step_ms * gOpsin / tauOpsin
    before = V
    V = V + step_ms * (k * (V - vr) * (V - vt) - u - received(V) + Iin) / C
    : A leap from the reset to beyond the peak is no crossing for WATCH, which has not seen V below the peak in between.
    if (before <= c && V > vpeak) {
        V = c + 1
    }
    u = u + step_ms * a * (target(V) - u)
}

: What the receptors let through, magnesium's block of NMDA's included.
FUNCTION received(V (mV)) (pA) {
    LOCAL unblocked
    unblocked = ((V + 80) / 60 (mV)) ^ 2
    unblocked = unblocked / (1 + unblocked)
    received = gAMPA * V + gNMDA * unblocked * V + gGABAA * (V + 70) + gGABAB * (V + 90) + gOpsin * V
}

: What u goes to while V stays.
FUNCTION target(V (mV)) (pA) {
    target = b * (V - vr)
    if (celltype == 5) {
        target = 0
        if (V >= 1 (mV/pA) * d) {
            target = 0.025 (pA/mV3) * (V - 1 (mV/pA) * d) ^ 3
        }
    } else if (V > -65 && celltype == 6) {
        target = 0
    } else if (V > -65 && celltype == 7) {
        target = 2 (nS) * (V - vr)
    }
}

PROCEDURE close() {
    gAMPA = 0
    gNMDA = 0
    gGABAA = 0
    gGABAB = 0
    gOpsin = 0
}

NET_RECEIVE(wAMPA (nS), wNMDA (nS), wGABAA (nS), wGABAB (nS), wOpsin (nS)) {
    : Without this, NEURON would set all weights but the first to 0 as it initialises.
    INITIAL { }
    if (flag == 0) {
        gAMPA = gAMPA + wAMPA
        gNMDA = gNMDA + wNMDA
        gGABAA = gGABAA + wGABAA
        gGABAB = gGABAB + wGABAB
        gOpsin = gOpsin + wOpsin
    } else if (flag == 1) {
        WATCH (V > vpeak + peak_per_u * u) 2
    } else {
        net_event(t)
        V = c + reset_per_u * u
        if (celltype != 5) {
            u = u + d
        }
        if (celltype == 4 && u > 670) {
            u = 670
        }
        close()
    }
}
