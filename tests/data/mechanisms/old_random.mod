: Declares NEURON's functions itself, as was usual before NEURON 9: "ambiguating new declaration".
NEURON { ARTIFICIAL_CELL OldRandom POINTER stream }
ASSIGNED { stream }
VERBATIM
extern double nrn_random_pick(void* r);
extern void* nrn_random_arg(int argpos);
ENDVERBATIM
NET_RECEIVE (w) { net_event(t) }
PROCEDURE set_stream() {
VERBATIM
    *((void**)&_p_stream) = nrn_random_arg(1);
ENDVERBATIM
}
