"""Record during the build which rule has made which connections."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from tuner.interfaces.netpyne_private import connectors, replace_connectors
from tuner.interfaces.netpyne_types import Cell, Entries, Net, Table
from tuner.interfaces.neuron_types import NetCon


class Made(NamedTuple):
    """Hold NetCons that end on a cell, and the index of the used weight among the weights of a NetCon."""

    cell: Cell
    weight_index: int
    netcons: list[NetCon]


class Place(NamedTuple):
    """Give the place of a connection's synapse."""

    gid: int
    section: str
    label: str
    loc: float


# Connections of each rule, by cell and weight index, and places of each rule.
Book = dict[Any, dict[tuple[int, int], Made]]
Places = dict[Any, dict[Place, None]]


@dataclass
class Ledger:
    """Record for each rule of connParams and each target of stimTargetParams the connections and the places.

    The places are in the order in which NetPyNE first needs them. This is the order in which NetPyNE makes the
    synapses.
    """

    connections: Book = field(default_factory=dict)
    stimuli: Book = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    stimulus_places: Places = field(default_factory=dict)

    def attach(self, net: Net) -> None:
        """Replace the functions with which NetPyNE's rules connect a cell by functions that also record."""
        connect, stimulate = connectors(net)

        def add_connection(rule: Table, pre_gid: int, post_gid: int, *rest: Any, **named: Any) -> None:
            cell = net.cells[net.gid2lid[post_gid]]
            made = _connections(cell, lambda: connect(rule, pre_gid, post_gid, *rest, **named))
            self.note(rule["label"], *_read(cell, made))

        def add_stimulus(params: Table, cell: Cell) -> None:
            made = _connections(cell, lambda: stimulate(params, cell))
            self._note(self.stimuli, self.stimulus_places, params["label"], *_read(cell, made))

        replace_connectors(net, connection=add_connection, stimulus=add_stimulus)

    def note(self, rule: Any, made: Iterable[Made], places: Iterable[Place]) -> None:
        """Record that a rule of connParams has made these connections, on these places."""
        self._note(self.connections, self.places, rule, made, places)

    @staticmethod
    def _note(book: Book, map_: Places, label: Any, made: Iterable[Made], places: Iterable[Place]) -> None:
        groups = book.setdefault(label, {})
        for cell, index, netcons in made:
            groups.setdefault((cell.gid, index), Made(cell, index, [])).netcons.extend(netcons)
        map_.setdefault(label, {}).update(dict.fromkeys(places))

    def made_by(self, rule: Any) -> Iterable[Made]:
        """Return the connections of a rule of connParams."""
        return self.connections.get(rule, {}).values()

    def made_for(self, target: Any) -> Iterable[Made]:
        """Return the connections of a target of stimTargetParams."""
        return self.stimuli.get(target, {}).values()

    def forget(self, rules: Iterable[Any]) -> None:
        """Release the connections of these rules of connParams; NEURON then deletes the NetCons."""
        for rule in rules:
            self.connections.pop(rule, None)
            self.places.pop(rule, None)

    def forget_all(self) -> None:
        """Release all connections."""
        for book in vars(self).values():
            book.clear()

    def order(self, rules: Iterable[Any]) -> dict[tuple[int, str], list[tuple[str, float]]]:
        """Return the synapses (label, loc) of each section (gid, name), in the order of a new build."""
        maps = (*(self.places.get(rule, {}) for rule in rules), *self.stimulus_places.values())
        sections: dict[tuple[int, str], list[tuple[str, float]]] = {}
        for place in dict.fromkeys(chain.from_iterable(maps)):
            sections.setdefault((place.gid, place.section), []).append((place.label, place.loc))
        return sections


def _connections(cell: Cell, make: Callable[[], None]) -> list[Table]:
    before = len(cell.conns)
    make()
    return cell.conns[before:]


def _read(cell: Cell, connections: Sequence[Entries]) -> tuple[list[Made], Iterator[Place]]:
    made = [Made(cell, _weight_index(cell, c), [c.get("hObj")]) for c in connections]
    return made, (Place(cell.gid, _section(c), c.get("synMech"), c.get("loc")) for c in connections)


def _section(connection: Entries) -> Any:
    """Return the name of a connection's section; several sections give a tuple of names."""
    section = connection.get("sec")
    if isinstance(section, list):
        return section[0] if len(section) == 1 else tuple(section)
    return section


def _weight_index(cell: Cell, connection: Entries) -> int:
    """Return the index of a connection's weight.

    A point process with its own voltage has one weight for each entry of synList.
    """
    section, label = _section(connection), connection.get("synMech")
    index = 0
    # A point cell returns a value for any attribute.
    for point in vars(cell).get("secs", {}).get(section, {}).get("pointps", {}).values():
        names = point.get("synList", ()) if "vref" in point else ()
        index = names.index(label) if label in names else index
    return index
