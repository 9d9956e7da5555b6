"""A cell rule's sections in NEURON: what NetPyNE's importCellParams asks a class for."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

SET_BY_NETPYNE = ("mod", "loc", "vref", "synList")


class Template:
    """A cell as a Python class: `rule` makes the cell rule, and the class takes its options.

    NetPyNE's importCellParams reads back sections, mechanisms and point processes. It cannot read what NEURON does not
    know: spikeGenLoc, threshold, vref and synList are in the rule alone. `synapses` are for its importSynMechs: the
    section, location and parameters of each.
    """

    rule: ClassVar[Callable[..., dict[str, Any]]]
    synapses: ClassVar[tuple[tuple[str, float, Mapping[str, object]], ...]] = ()

    def __init__(self, **options: object) -> None:
        from neuron import h

        rule = type(self).rule(**options)
        # What `all_sec` lists, and nothing else, is taken for the cell.
        self._sections = {name: h.Section(name=name) for name in rule["secs"]}
        self.all_sec = list(self._sections.values())
        for name, section in rule["secs"].items():
            if topology := section.get("topol"):
                parent = self._sections[topology["parentSec"]]
                self._sections[name].connect(parent(topology["parentX"]), topology["childX"])
        self._points = [point for name, sec in rule["secs"].items() for point in _fill(h, self._sections[name], sec)]
        self._points += [_point(h, self._sections[name](loc), values) for name, loc, values in self.synapses]


def _fill(h: Any, section: Any, rule: Mapping[str, Any]) -> list[Any]:
    """Gives a section its geometry, mechanisms and ions; returns its point processes."""
    for name, value in rule["geom"].items():
        if name != "pt3d":
            setattr(section, name, value)
    for point in rule["geom"].get("pt3d", ()):
        h.pt3dadd(*point, sec=section)
    for mechanism, values in rule.get("mechs", {}).items():
        section.insert(mechanism)
        for name, value in values.items():
            for segment in section:
                setattr(getattr(segment, mechanism), name, value)
    for ion, values in rule.get("ions", {}).items():
        for segment in section:
            setattr(segment, f"e{ion}", values["e"])
    return [_point(h, section(values["loc"]), values) for values in rule.get("pointps", {}).values()]


def _point(h: Any, segment: Any, values: Mapping[str, Any]) -> Any:
    made = getattr(h, values["mod"])(segment)
    for name, value in values.items():
        if name not in SET_BY_NETPYNE:
            setattr(made, name, value)
    return made
