"""A pyramidal cell of two compartments."""

from neuron import h


class Pyr:
    def __init__(self, dend_length=150):
        self.soma = h.Section(name="soma", cell=self)
        self.dend = h.Section(name="dend", cell=self)
        self.dend.connect(self.soma(1))

        self.soma.L = self.soma.diam = 18
        self.dend.L = dend_length
        self.dend.diam = 1.5
        self.dend.nseg = 3
        for sec in (self.soma, self.dend):
            sec.cm = 1
            sec.Ra = 100

        self.soma.insert("hh")
        self.dend.insert("pas")
        for seg in self.dend:
            seg.pas.g = 0.0001
            seg.pas.e = -65
