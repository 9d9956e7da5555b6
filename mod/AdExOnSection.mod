COMMENT
Adaptive exponential integrate-and-fire neuron as a current at a section's own voltage v, whose capacitance is C.

C v' = -gL (v - EL) + gL DT exp((v - VT) / DT) - w + I + other currents of the section
tau_w w' = a (v - EL) - w
Above Vcut: v = Vr, w = w + b, and for tref v stays at Vr while w goes on.

Source: Brette & Gerstner 2005, J. Neurophysiol. 94:3637; tref as in Brian2's and NEST's versions.

NetCons see v above Vcut at the end of the step in which it passes it: one whose threshold is Vcut sees every spike once.
In the step that follows v goes to Vr, whatever acts on it, so that no tref is shorter than a step. Fixed step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS AdExOnSection
    NONSPECIFIC_CURRENT i
    RANGE gL, EL, VT, DT, a, tau_w, b, Vr, I, Vcut, tref, capacitance
    RANGE i, w
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pA) = (picoamp)
    (uS) = (microsiemens)
    (nS) = (nanosiemens)
    (pF) = (picofarad)
}

PARAMETER {
    gL = 10 (nS)
    EL = -65 (mV)
    VT = -55 (mV)
    DT = 5 (mV)
    a = 2 (nS)
    tau_w = 500 (ms)
    b = 10 (pA)
    Vr = -52 (mV)
    I = 120 (pA)
    Vcut = -40 (mV)
    tref = 5 (ms)
    capacitance = 200 (pF) : a copy of the section's, which says when the upstroke is faster than the step
}

CONSTANT {
    clamp = 1e6 (uS)
    beyond = 1 (mV) : where above Vcut an upstroke that is faster than the step ends
}

ASSIGNED {
    dt (ms)
    v (mV)
    i (nA)
    g (uS)
    w (pA)
    hold (ms)
}

INITIAL {
    w = 0
    hold = 0
    net_send(0, 1)
}

BREAKPOINT {
    SOLVE advance
    CONDUCTANCE g
    flow()
}

: NEURON would take the derivative of i for g. In the upstroke that is beyond the capacitance's, and the voltage would fly
: off to the other side. Half of it makes i the mean of the step's ends, as long as the upstroke is slow; then i is the
: exponential current's own mean over the step, without g; and where that alone takes v to infinity, v goes to its end.
PROCEDURE flow() {
    LOCAL passed
    passed = dt * gL * growth() / capacitance
    if (hold > 0) {
        draw(Vr)
    } else if (passed < 0.25) {
        g = (0.001) * gL * (1 - growth()) / 2
        i = (0.001) * (gL * (v - EL) - gL * width() * growth() + w - I)
    } else if (passed < 1) {
        g = (0.001) * gL / 2
        i = (0.001) * (gL * (v - EL) + width() * log(1 - passed) * capacitance / dt + w - I)
    } else {
        draw(Vcut + beyond)
    }
}

PROCEDURE draw(u (mV)) {
    g = clamp
    i = clamp * (v - u)
}

PROCEDURE advance() {
    LOCAL rest
    rest = a * (below(v) - EL)
    w = rest + (w - rest) * exp(-dt / longer(tau_w, 0.01))
    hold = hold - dt
    : What is left over is rounding.
    if (hold < dt / 1000) {
        hold = 0
    }
    if (v > Vcut) {
        w = w + b
        hold = longer(tref, dt)
    }
}

FUNCTION growth() {
    LOCAL x
    x = (v - VT) / width()
    if (x > 100) {
        x = 100
    }
    growth = exp(x)
}

: Below this, as below a tau_w of 0.01 ms, nothing changes: a threshold at VT, a w that follows v.
FUNCTION width() (mV) {
    width = DT
    if (DT < 0.001) {
        width = 0.001
    }
}

: The voltage is above Vcut for the one step in which it is seen there.
FUNCTION below(u (mV)) (mV) {
    below = u
    if (u > Vcut) {
        below = Vcut
    }
}

FUNCTION longer(x (ms), y (ms)) (ms) {
    longer = y
    if (x > y) {
        longer = x
    }
}

NET_RECEIVE(weight) {
    if (flag == 1) {
        v = EL
    }
}
