"""Which rule has made which connection: written down while NetPyNE builds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple


class Made(NamedTuple):
    """NetCons that end on a cell, and the place of their weight among a NetCon's weights."""

    cell: object
    weight_index: int
    netcons: list


class Place(NamedTuple):
    """Where a connection's synapse sits."""

    gid: int
    section: str
    label: str
    loc: float


@dataclass
class Ledger:
    """For each rule of connParams, and each target of stimTargetParams: what it has made, and on which places.

    Places are kept in the order in which NetPyNE first needs them, which is the order of the synapses it makes.
    """

    connections: dict[object, dict[tuple, Made]] = field(default_factory=dict)
    stimuli: dict[object, dict[tuple, Made]] = field(default_factory=dict)
    places: dict[object, dict[Place, None]] = field(default_factory=dict)
    stimulus_places: dict[object, dict[Place, None]] = field(default_factory=dict)

    def attach(self, net: object) -> None:
        """Stands between NetPyNE's rules and the functions with which they connect a cell."""
        connect, stimulate = net._addCellConn, net._addCellStim

        def add_connection(rule: dict, pre_gid: int, post_gid: int, *rest: object, **named: object) -> None:
            cell = net.cells[net.gid2lid[post_gid]]
            made = _connections(cell, lambda: connect(rule, pre_gid, post_gid, *rest, **named))
            self.note(rule["label"], *_read(cell, made))

        def add_stimulus(params: dict, cell: object) -> None:
            made = _connections(cell, lambda: stimulate(params, cell))
            self._note(self.stimuli, self.stimulus_places, params["label"], *_read(cell, made))

        net._addCellConn, net._addCellStim = add_connection, add_stimulus

    def note(self, rule: object, made: Iterable[Made], places: Iterable[Place]) -> None:
        """A rule of connParams has made these, on these places."""
        self._note(self.connections, self.places, rule, made, places)

    @staticmethod
    def _note(book: dict, map_: dict, label: object, made: Iterable[Made], places: Iterable[Place]) -> None:
        groups = book.setdefault(label, {})
        for cell, index, netcons in made:
            groups.setdefault((cell.gid, index), Made(cell, index, [])).netcons.extend(netcons)
        map_.setdefault(label, {}).update(dict.fromkeys(places))

    def made_by(self, rule: object) -> Iterable[Made]:
        """What a rule of connParams has made."""
        return self.connections.get(rule, {}).values()

    def made_for(self, target: object) -> Iterable[Made]:
        """What a target of stimTargetParams has made."""
        return self.stimuli.get(target, {}).values()

    def forget(self, rules: Iterable) -> None:
        """Lets go of what these rules of connParams have made, which ends the connections."""
        for rule in rules:
            self.connections.pop(rule, None)
            self.places.pop(rule, None)

    def forget_all(self) -> None:
        """Lets go of everything."""
        for book in vars(self).values():
            book.clear()

    def order(self, rules: Iterable) -> dict[tuple[int, str], list[tuple[str, float]]]:
        """For each section (gid, name), the synapses (label, loc) in the order in which a build would make them."""
        maps = (*(self.places.get(rule, {}) for rule in rules), *self.stimulus_places.values())
        sections: dict[tuple[int, str], list[tuple[str, float]]] = {}
        for place in dict.fromkeys(chain.from_iterable(maps)):
            sections.setdefault((place.gid, place.section), []).append((place.label, place.loc))
        return sections


def _connections(cell: object, make: Callable[[], None]) -> list:
    before = len(cell.conns)
    make()
    return cell.conns[before:]


def _read(cell: object, connections: list) -> tuple[list[Made], Iterator[Place]]:
    made = [Made(cell, _weight_index(cell, c), [c.get("hObj")]) for c in connections]
    return made, (Place(cell.gid, _section(c), c.get("synMech"), c.get("loc")) for c in connections)


def _section(connection: Mapping) -> object:
    """Its section's name; where NetPyNE keeps a list of them, of one or of more."""
    section = connection.get("sec")
    if isinstance(section, list):
        return section[0] if len(section) == 1 else tuple(section)
    return section


def _weight_index(cell: object, connection: Mapping) -> int:
    """The place of a connection's weight: a point process with a voltage of its own has one for each in synList."""
    section, label = _section(connection), connection.get("synMech")
    index = 0
    # A point cell answers to any attribute's name.
    for point in vars(cell).get("secs", {}).get(section, {}).get("pointps", {}).values():
        names = point.get("synList", ()) if "vref" in point else ()
        index = names.index(label) if label in names else index
    return index
