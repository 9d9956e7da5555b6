"""Describe the statements of an NMODL block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuner.mechanisms.nmodl_source import Token


@dataclass(frozen=True)
class Use:
    """Represent an expression, a call or a condition, of which only the reads count."""

    tokens: Sequence[Token]


@dataclass(frozen=True)
class Assignment:
    """Represent `name = value`, `name[index] = value` or `name' = value`."""

    name: str
    index: Sequence[Token] | None
    value: Sequence[Token]
    prime: bool


@dataclass(frozen=True)
class Branch:
    """Represent `if`, with the statements of both branches."""

    condition: Sequence[Token]
    yes: Sequence["Statement"]
    no: Sequence["Statement"]


@dataclass(frozen=True)
class Loop:
    """Represent `while` or `FROM`; `last` is None if the number of turns is unknown."""

    variable: str
    head: Sequence[Token]
    first: int
    last: int | None
    body: Sequence["Statement"]


@dataclass(frozen=True)
class Scope:
    """Represent braces inside a block."""

    body: Sequence["Statement"]


@dataclass(frozen=True)
class Local:
    """Represent a LOCAL statement."""

    names: Mapping[str, int]
    end: int


@dataclass(frozen=True)
class Verbatim:
    """Represent C code."""

    text: str


@dataclass(frozen=True)
class Solve:
    """Represent SOLVE with the name of the block."""

    name: str


@dataclass(frozen=True)
class Table:
    """Represent TABLE with the variables that the table holds, and the variables after DEPEND."""

    names: Sequence[str]
    depends: Sequence[str]


@dataclass(frozen=True)
class Conductance:
    """Represent CONDUCTANCE: NEURON reads the variable after BREAKPOINT."""

    name: Token


@dataclass(frozen=True)
class Reaction:
    """Represent a reaction or an equation, which reads all names and may change states."""

    tokens: Sequence[Token]


@dataclass(frozen=True)
class Connections:
    """Represent FOR_NETCONS."""

    names: Sequence[str]
    body: Sequence["Statement"]


@dataclass(frozen=True)
class Initial:
    """Represent the INITIAL block inside NET_RECEIVE."""

    body: Sequence["Statement"]
    start: int


Simple = Use | Assignment | Local | Verbatim | Solve | Table | Conductance | Reaction
Statement = Simple | Branch | Loop | Scope | Connections | Initial
