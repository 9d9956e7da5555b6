COMMENT
A spike pasted onto a passive axon, with the potassium that follows it and grows from spike to spike.

Source: the point process OFTH of the cell "Friesen" of NetPyNE's import tutorial, which names no paper. There its
current goes to an ion of its own; here to none, which is the same current. It sends no event: a spike is detected in
the axon's voltage, and CoreNEURON takes an event at the end of refractoriness, which lies between two steps, for late.

Where v rises above vthadapt, gna opens for apdur; then gk starts at gkadapt and decays. refrac counts from the spike's
onset; with checkref a voltage that is above vthadapt at its end gives the next spike at once, without it none before v
has fallen below and risen again.
ENDCOMMENT

DEFINE WATCHING 1
DEFINE CROSSING 2
DEFINE SPIKE_END 3
DEFINE REFRACTORINESS_END 4

NEURON {
    THREADSAFE
    POINT_PROCESS FriesenSpike
    NONSPECIFIC_CURRENT i
    RANGE gkbase, gkinc, gkmin, gnamax, taugka, tauk, tauvtha, apdur, refrac, vth, vthinc, ena, ek, checkref
    RANGE i
}

UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}

PARAMETER {
    gkbase = 0.091 (uS)
    gkinc = 0.013 (uS)
    gkmin = 1e-5 (uS)
    gnamax = 0.6 (uS)
    taugka = 69 (ms)
    tauk = 2.3 (ms)
    tauvtha = 1 (ms)
    apdur = 0.9 (ms)
    refrac = 10.989010989010989 (ms)
    vth = -40 (mV)
    vthinc = 0 (mV)
    ena = 55 (mV)
    ek = -82 (mV)
    checkref = 1
}

ASSIGNED {
    v (mV)
    i (nA)
    gna (uS)
    refractory
}

STATE {
    gk (uS)
    gkadapt (uS)
    vthadapt (mV)
}

INITIAL {
    gk = 0
    gkadapt = gkbase
    vthadapt = vth
    gna = 0
    refractory = 0
    net_send(0, WATCHING)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    if (gk < gkmin) {
        gk = gkmin
    }
    if (gkadapt < gkbase) {
        gkadapt = gkbase
    }
    if (vthadapt < vth) {
        vthadapt = vth
    }
    i = gk * (v - ek) + gna * (v - ena)
}

DERIVATIVE states {
    gk' = -gk / tauk
    gkadapt' = (gkbase - gkadapt) / taugka
    vthadapt' = (vth - vthadapt) / tauvtha
}

NET_RECEIVE(weight (uS)) {
    if (flag == WATCHING) {
        WATCH (v > vthadapt) CROSSING
    } else if (flag == SPIKE_END) {
        gna = 0
        gk = gkadapt
    } else if (flag == REFRACTORINESS_END) {
        refractory = 0
    }
    if (!refractory && (flag == CROSSING || (flag == REFRACTORINESS_END && checkref && v > vthadapt))) {
        refractory = 1
        gna = gnamax
        gkadapt = gkadapt + gkinc
        vthadapt = vthadapt + vthinc
        net_send(apdur, SPIKE_END)
        net_send(refrac, REFRACTORINESS_END)
    }
}
