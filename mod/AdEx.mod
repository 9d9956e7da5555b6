COMMENT
Adaptive exponential integrate-and-fire neuron with a voltage V of its own: that of the section it stands in is not used.

C V' = -gL (V - EL) + gL DT exp((V - VT) / DT) - w + I + gexc (E_exc - V) + ginh (E_inh - V)
tau_w w' = a (V - EL) - w
Above Vcut: V = Vr, w = w + b, and for tref V stays at Vr while w goes on.

Source: Brette & Gerstner 2005, J. Neurophysiol. 94:3637; tref as in Brian2's and NEST's versions.

Each step of NEURON's is integrated in sub-steps (Runge-Kutta, fourth order), a spike put at its place within the step.
For the one step in which a spike falls V shows vspike, so that a NetCon at V with a threshold below it sees the upstroke
at the step's end; what is integrated is Vm. Of spikes in successive steps only the first is seen. Fixed step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS AdEx
    RANGE C, gL, EL, VT, DT, a, tau_w, b, Vr, I, Vcut, tref
    RANGE tau_exc, tau_inh, E_exc, E_inh, vspike
    RANGE V, Vm, w, gexc, ginh
}

UNITS {
    (mV) = (millivolt)
    (pA) = (picoamp)
    (nS) = (nanosiemens)
    (pF) = (picofarad)
}

PARAMETER {
    C = 200 (pF)
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
    tau_exc = 5 (ms)
    tau_inh = 10 (ms)
    E_exc = 0 (mV)
    E_inh = -80 (mV)
    vspike = 20 (mV)
}

ASSIGNED {
    dt (ms)
    V (mV)
    Vm (mV)
    w (pA)
    gexc (nS)
    ginh (nS)
    hold (ms)
    spiked
}

INITIAL {
    V = EL
    Vm = EL
    w = 0
    gexc = 0
    ginh = 0
    hold = 0
    spiked = 0
    net_send(0, 1)
}

BREAKPOINT { SOLVE advance }

PROCEDURE advance() {
    LOCAL left, h
    spiked = 0
    left = dt
    while (left > 0) {
        if (hold > 0) {
            h = wait(left)
        } else {
            h = run(left)
        }
        gexc = gexc * exp(-h / tau_exc)
        ginh = ginh * exp(-h / tau_inh)
        left = left - h
    }
    V = Vm
    if (spiked) {
        V = vspike
    }
}

: These two return the time that they took of what is left of the step.
FUNCTION wait(left (ms)) (ms) {
    LOCAL h, rest
    h = shorter(left, hold)
    rest = a * (Vr - EL)
    w = rest + (w - rest) * exp(-h / adaptation())
    hold = hold - h
    wait = h
}

: Where the voltage passes Vcut all is interpolated: within a sub-step it changes too little for a curve to show.
FUNCTION run(left (ms)) (ms) {
    LOCAL h, slope, v0, w0, part
    v0 = Vm
    w0 = w
    slope = v_slope(Vm, w, gexc, ginh)
    h = shorter(left, longest(slope))
    runge_kutta(h, slope)
    if (Vm > Vcut) {
        part = 0
        if (v0 < Vcut) {
            part = (Vcut - v0) / (Vm - v0)
        }
        h = shorter(left, longer(h * part, shortest()))
        w = w0 + part * (w - w0) + b
        Vm = Vr
        hold = tref
        spiked = 1
    }
    run = h
}

: A fifth of every time constant and of what the upstroke takes to grow e-fold.
FUNCTION longest(slope (mV/ms)) (ms) {
    LOCAL rate
    rate = (gL + gexc + ginh) / C + 1 / adaptation() + size(slope) / width()
    longest = longer(0.2 / rate, shortest())
}

: No step ends without it: neither at the end of the upstroke, faster than any step, nor where Vr is above Vcut.
FUNCTION shortest() (ms) { shortest = dt / 100 }

PROCEDURE runge_kutta(h (ms), v1 (mV/ms)) {
    LOCAL w1, v2, w2, v3, w3, v4, w4, half_exc, half_inh, exc, inh
    half_exc = exp(-h / (2 * tau_exc))
    half_inh = exp(-h / (2 * tau_inh))
    exc = gexc * half_exc
    inh = ginh * half_inh
    w1 = w_slope(Vm, w)
    v2 = v_slope(Vm + h / 2 * v1, w + h / 2 * w1, exc, inh)
    w2 = w_slope(Vm + h / 2 * v1, w + h / 2 * w1)
    v3 = v_slope(Vm + h / 2 * v2, w + h / 2 * w2, exc, inh)
    w3 = w_slope(Vm + h / 2 * v2, w + h / 2 * w2)
    v4 = v_slope(Vm + h * v3, w + h * w3, exc * half_exc, inh * half_inh)
    w4 = w_slope(Vm + h * v3, w + h * w3)
    Vm = Vm + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    w = w + h / 6 * (w1 + 2 * w2 + 2 * w3 + w4)
}

: Both take no voltage above Vcut, which only a stage on the far side of a spike has: it would overflow, and spoil w.
FUNCTION v_slope(u (mV), x (pA), exc (nS), inh (nS)) (mV/ms) {
    LOCAL y, synaptic
    y = below(u)
    synaptic = capped(exc) * (E_exc - y) + capped(inh) * (E_inh - y)
    v_slope = (gL * (EL - y) + gL * width() * growth(y) - x + I + synaptic) / C
}

FUNCTION w_slope(u (mV), x (pA)) (pA/ms) { w_slope = (a * (below(u) - EL) - x) / adaptation() }

FUNCTION below(u (mV)) (mV) {
    below = u
    if (u > Vcut) {
        below = Vcut
    }
}

: A conductance above this takes V to its reversal potential within the shortest sub-step, which it would make unstable.
FUNCTION capped(x (nS)) (nS) {
    capped = x
    if (x > C / shortest()) {
        capped = C / shortest()
    }
}

FUNCTION growth(u (mV)) {
    LOCAL x
    x = (u - VT) / width()
    if (x > 100) {
        x = 100
    }
    growth = exp(x)
}

: Below these DT and tau_w make no difference but in the sub-steps that they cost: a threshold at VT, a w that follows V.
FUNCTION width() (mV) {
    width = DT
    if (DT < 0.001) {
        width = 0.001
    }
}

FUNCTION adaptation() (ms) { adaptation = longer(tau_w, 0.01) }

FUNCTION size(x (mV/ms)) (mV/ms) {
    size = x
    if (x < 0) {
        size = -x
    }
}

FUNCTION shorter(x (ms), y (ms)) (ms) {
    shorter = y
    if (x < y) {
        shorter = x
    }
}

FUNCTION longer(x (ms), y (ms)) (ms) {
    longer = y
    if (x > y) {
        longer = x
    }
}

: The spikes as events of the point process are for networks that do not watch V: CoreNEURON watches no such variable.
NET_RECEIVE(wexc (nS), winh (nS)) {
    INITIAL {
        : Without this block NEURON would set every weight but the first to 0.
        winh = winh
    }
    if (flag == 1) {
        WATCH (spiked > 0.5) 2
    } else if (flag == 2) {
        net_event(t)
    } else {
        gexc = gexc + wexc
        ginh = ginh + winh
    }
}
