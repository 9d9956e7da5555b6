COMMENT
Izhikevich's simple model of 2003 with a voltage and a conductance of its own; the section it stands on is only a place.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, and 2004, 15:1063; the original is in ModelDB 39948.
Peculiar: u starts from 0, not from its rest, b V. Events add their weight to gsyn, whatever their sender. The step is
implicit Euler of V, u and gsyn together, as in the original. Fixed time step only.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS Izhikevich2003a
    RANGE a, b, c, d, f, g, Iin, taug, erev, thresh
    RANGE V, u, gsyn, searched
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
    searched
}

STATE {
    V (mV)
    u (mV/ms)
    gsyn (/ms)
}

INITIAL {
    V = -65
    u = 0
    gsyn = 0
    searched = 1
    net_send(0, 1)
}

BREAKPOINT {
    SOLVE leap
    SOLVE states METHOD derivimplicit
}

: The change x of V in a step of implicit Euler obeys curvature x^2 - slope x + change = 0. NEURON's search for it is that of
: the original up to where it would end the run: there is no root if V goes to infinity within the step, and where slope is
: negative the search starts on the far side. From then on x is the root that goes to 0 with dt, without one the search's
: first iterate.
PROCEDURE leap() {
    LOCAL conductance, share, change, slope, discriminant
    conductance = gsyn / (1 + dt / taug)
    share = 1 / (1 + dt * a)
    change = dt * (0.04 (/mV/ms) * V * V + f * V + g - share * (u + dt * a * b * V) + Iin - conductance * (V - erev))
    slope = 1 - dt * (2 * 0.04 (/mV/ms) * V + f - share * dt * a * b - conductance)
    discriminant = slope * slope - 4 * dt * 0.04 (/mV/ms) * change
    if (discriminant < 0 || slope < 0) {
        searched = 0
    }
    if (!searched) {
        if (discriminant < 0) {
            V = V + change / slope
        } else {
            V = V + 2 * change / (slope + sqrt(discriminant))
        }
        u = share * (u + dt * a * b * V)
        gsyn = conductance
    }
}

DERIVATIVE states {
    V' = searched * (0.04 (/mV/ms) * V * V + f * V + g - u + Iin - gsyn * (V - erev))
    u' = searched * a * (b * V - u)
    gsyn' = -searched * gsyn / taug
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
