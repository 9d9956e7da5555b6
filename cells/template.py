"""Build the sections of a cell rule in NEURON, as a class for NetPyNE's importCellParams."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

SET_BY_NETPYNE = ("mod", "loc", "vref", "synList")


class Template:
    """Represent a cell rule as a Python class that NetPyNE's importCellParams can read.

    A subclass sets `rule`, the function that returns the cell rule. The class takes the options of that function.
    importCellParams reads sections, mechanisms and point processes back from NEURON. It cannot read spikeGenLoc,
    threshold, vref and synList, because NEURON has no such attributes; only the rule has them. `synapses` lists the
    section, location and parameters of each synapse for importSynMechs.
    """

    rule: ClassVar[Callable[..., dict[str, Any]]]
    synapses: ClassVar[tuple[tuple[str, float, Mapping[str, object]], ...]] = ()

    def __init__(self, **options: object) -> None:
        from neuron import h

        rule = type(self).rule(**options)
        # NetPyNE takes the sections in `all_sec`, and no others, as the cell.
        self._sections = {name: h.Section(name=name) for name in rule["secs"]}
        self.all_sec = list(self._sections.values())
        for name, section in rule["secs"].items():
            if topology := section.get("topol"):
                parent = self._sections[topology["parentSec"]]
                self._sections[name].connect(parent(topology["parentX"]), topology["childX"])
        self._points = [point for name, sec in rule["secs"].items() for point in _fill(h, self._sections[name], sec)]
        self._points += [_point(h, self._sections[name](loc), values) for name, loc, values in self.synapses]


def _fill(h: Any, section: Any, rule: Mapping[str, Any]) -> list[Any]:
    """Set geometry, mechanisms and ions of a section, and return the point processes."""
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
