COMMENT
Izhikevich's simple model of 2003 with a voltage and a conductance of its own; the section it stands on is only a place.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, and 2004, 15:1063; the original is in ModelDB 39948.
Peculiar: u starts from 0, not from its rest, b V. Events add their weight to gsyn, whatever their sender. The step is
implicit Euler of V, u and gsyn together, as in the original, but solved in closed form: V is the root of a parabola.
Fixed time step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS Izhikevich2003a
    RANGE a, b, c, d, f, g, Iin, taug, erev, thresh
    RANGE V, u, gsyn
}

UNITS {
    (mV) = (millivolt)
}

: In the model's own units a current is a rate of change of V, as it has a capacitance of 1.
PARAMETER {
    a = 0.02 (/ms)
    b = 0.2 (/ms)
    c = -65 (mV)
    d = 6 (mV/ms)
    f = 5 (/ms)
    g = 140 (mV/ms)
    Iin = 0 (mV/ms)
    taug = 1 (ms)
    erev = 0 (mV)
    thresh = 30 (mV)
}

ASSIGNED {
    dt (ms)
    V (mV)
    u (mV/ms)
    gsyn (/ms)
}

INITIAL {
    V = -65
    u = 0
    gsyn = 0
    net_send(0, 1)
}

BREAKPOINT {
    SOLVE advance
}

: With u(t + dt) put into the equation of V, the change x of V obeys curvature x^2 - slope x + change = 0. Of its two
: roots that is taken which goes to 0 with dt. It has none where V would escape to infinity within the step: there, where
: the original's search for it ends the run, x is the first iterate of that search, change / slope.
PROCEDURE advance() {
    LOCAL share, change, slope, discriminant
    gsyn = gsyn / (1 + dt / taug)
    share = 1 / (1 + dt * a)
    change = dt * (0.04 (/mV/ms) * V * V + f * V + g - share * (u + dt * a * b * V) + Iin - gsyn * (V - erev))
    slope = 1 - dt * (2 * 0.04 (/mV/ms) * V + f - share * dt * a * b - gsyn)
    discriminant = slope * slope - 4 * dt * 0.04 (/mV/ms) * change
    if (discriminant >= 0) {
        V = V + 2 * change / (slope + sqrt(discriminant))
    } else {
        V = V + change / slope
    }
    u = share * (u + dt * a * b * V)
}

NET_RECEIVE(weight (/ms)) {
    if (flag == 0) {
        gsyn = gsyn + weight
    } else if (flag == 1) {
        WATCH (V > thresh) 2
    } else {
        net_event(t)
        V = c
        u = u + d
    }
}
