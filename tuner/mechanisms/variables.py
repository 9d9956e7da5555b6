"""Describe the variables of a mechanism: the place and the source of each value."""

from collections.abc import Iterable

from tuner.mechanisms import c_code
from tuner.mechanisms.nmodl_source import Source, Token

# NEURON sets these before a run and keeps them.
_GIVEN = frozenset("v t area L flag pi secondorder".split())
# NEURON reads these from the model, once for all mechanisms.
_SETTINGS = frozenset("celsius dt diam".split())
_SHARED = frozenset(("global", "static", "C variable", "global parameter", "setting", "external", "shared stream"))
SHARED_STREAM, OWN_STREAM = "the random numbers of scop_random", "the stream of random numbers"


class Variables:
    """Hold the variables of one mechanism by kind.

    Kinds: assigned, state, parameter (each per instance); global, static, global parameter, external, C variable,
    setting (one for all instances); weight, argument (of a connection); pointer; ion current; random, own stream,
    shared stream.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.unit = c_code.read_unit(source.verbatim)
        self.states = source.declared("STATE")
        parameters, assigned = source.declared("PARAMETER"), source.declared("ASSIGNED")
        self.sizes = {**source.statics, **parameters, **assigned, **self.states}
        self.streams = source.named("RANDOM")
        self.kinds = self._kinds(set(parameters), set(assigned))
        self.known = frozenset(self.kinds) | self.unit.variables
        self.given = frozenset(name for name, kind in self.kinds.items() if kind == "given")
        self.given_later = frozenset(name for name, kind in self.kinds.items() if kind == "ion current")
        self.starts = _tokens(f"{name}0" for name in self.states if f"{name}0" in self.sizes)
        self.currents, self.stored = self._outputs()

    def _kinds(self, parameters: set[str], assigned: set[str]) -> dict[str, str]:
        source = self.source
        in_range, in_global = source.named("RANGE"), source.named("GLOBAL")
        kinds = dict.fromkeys(self.unit.variables, "C variable")
        kinds |= {name: "global" if name in in_global else "assigned" for name in assigned}
        kinds |= {name: "parameter" if name in in_range else "global parameter" for name in parameters}
        kinds |= dict.fromkeys(self.states, "state")
        kinds |= dict.fromkeys(source.statics, "static")
        kinds |= dict.fromkeys(_SETTINGS, "setting")
        kinds |= dict.fromkeys(source.named("EXTERNAL"), "external")
        kinds |= dict.fromkeys(source.named("POINTER", "BBCOREPOINTER"), "pointer")
        kinds |= dict.fromkeys(self.streams, "random")
        # An artificial cell has no membrane, so that its v is a variable like others.
        own = {"v"} & kinds.keys() if source.named("ARTIFICIAL_CELL") else set()
        kinds |= dict.fromkeys(_GIVEN - own, "given")
        kinds |= self._ions()
        for block in source.of("NET_RECEIVE"):
            kinds |= {f"{name} of NET_RECEIVE": "argument" for name in block.arguments}
            kinds |= {f"{name} of NET_RECEIVE": "weight" for name in block.arguments[:1]}
        return kinds | {SHARED_STREAM: "shared stream", OWN_STREAM: "own stream"}

    def _ions(self) -> dict[str, str]:
        """Return the kinds of variables that a mechanism shares with an ion.

        NEURON restores concentrations and reversal potentials at the start of a run, but not currents.
        """
        kinds: dict[str, str] = {}
        ions = {ion for ion in self.source.named("USEION") if ion}
        read, write = self.source.named("READ"), self.source.named("WRITE")
        for ion in ions:
            kinds |= dict.fromkeys({f"{ion}i", f"{ion}o"} & (read | write), "given")
            kinds |= dict.fromkeys({f"e{ion}"} & read, "given")
            kinds |= dict.fromkeys({f"i{ion}"} & read, "ion current")
        return kinds

    def _outputs(self) -> tuple[list[Token], list[Token]]:
        """Return the currents, which NEURON reads after BREAKPOINT, and the names that NEURON reads after INITIAL."""
        source = self.source
        ions, write = source.named("USEION"), source.named("WRITE")
        currents = source.named("NONSPECIFIC_CURRENT", "ELECTRODE_CURRENT") | ({f"i{ion}" for ion in ions} & write)
        stored = ({f"e{ion}" for ion in ions} & write) | source.named("POINTER", "BBCOREPOINTER")
        return _tokens(sorted(currents)), _tokens(sorted(stored))

    def all_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the names, with all elements in place of an array."""
        return frozenset(
            element
            for name in names
            for element in ([f"{name}[{k}]" for k in range(self.sizes.get(name, 0))] or [name])
        )

    def is_tracked(self, name: str) -> bool:
        return name in self.kinds and name not in self.given

    def is_shared(self, name: str) -> bool:
        """Return whether all instances have this variable in common, so that a new instance has an old value."""
        return self.kinds.get(name) in _SHARED


def _tokens(names: Iterable[str]) -> list[Token]:
    return [Token("name", name, 0, 0) for name in names]
