"""Which rule has made which connection: written down while NetPyNE builds."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """For each rule of connParams, and each target of stimTargetParams, (cell, connection) of what it has made."""

    connections: dict[object, list] = field(default_factory=dict)
    stimuli: dict[object, list] = field(default_factory=dict)

    def attach(self, net: object) -> None:
        """Stands between NetPyNE's rules and the functions with which they connect a cell."""
        connect, stimulate = net._addCellConn, net._addCellStim

        def add_connection(rule: dict, pre_gid: int, post_gid: int, *rest: object, **named: object) -> None:
            cell = net.cells[net.gid2lid[post_gid]]
            self._note(self.connections, rule["label"], cell, lambda: connect(rule, pre_gid, post_gid, *rest, **named))

        def add_stimulus(params: dict, cell: object) -> None:
            self._note(self.stimuli, params["label"], cell, lambda: stimulate(params, cell))

        net._addCellConn, net._addCellStim = add_connection, add_stimulus

    def _note(self, book: dict, label: object, cell: object, make: Callable[[], None]) -> None:
        before = len(cell.conns)
        make()
        book.setdefault(label, []).extend((cell, connection) for connection in cell.conns[before:])
