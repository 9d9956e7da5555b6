TITLE Jittered pulses, in the manner of before NEURON 9

COMMENT
Nothing in this model uses it. Its VERBATIM block declares NEURON's functions by itself and otherwise than NEURON 9
does: it does not compile there, and where one file of a folder does not compile, nrnivmodl makes no library at all.
ENDCOMMENT

NEURON {
    ARTIFICIAL_CELL OldStim
    RANGE interval, jitter
    POINTER donotuse
}

PARAMETER {
    interval = 10 (ms)
    jitter = 1 (ms)
}

ASSIGNED {
    donotuse
}

VERBATIM
extern double nrn_random_pick(void* r);
extern void* nrn_random_arg(int argpos);
ENDVERBATIM

INITIAL {
    net_send(interval, 1)
}

NET_RECEIVE (w) {
    if (flag == 1) {
        net_event(t)
        net_send(interval + jitter * draw(), 1)
    }
}

FUNCTION draw() {
VERBATIM
    if (_p_donotuse) {
        _ldraw = nrn_random_pick(_p_donotuse);
    } else {
        _ldraw = 0.;
    }
ENDVERBATIM
}

PROCEDURE noiseFromRandom() {
VERBATIM
    void** pv = (void**)(&_p_donotuse);
    if (ifarg(1)) {
        *pv = nrn_random_arg(1);
    } else {
        *pv = (void*)0;
    }
ENDVERBATIM
}
