"""Follow the statements of NMODL code, to find variables that the code may read before certainly writing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tuner.mechanisms import c_code
from tuner.mechanisms.nmodl_nodes import (
    Assignment,
    Branch,
    Connections,
    Initial,
    Local,
    Loop,
    Reaction,
    Scope,
    Solve,
    Statement,
    Table,
    Use,
    Verbatim,
)
from tuner.mechanisms.nmodl_source import Source, Token, Unclear
from tuner.mechanisms.statements import statements
from tuner.mechanisms.variables import OWN_STREAM, SHARED_STREAM, Variables

# Functions of NMODL that keep nothing from one call to the next.
PURE = c_code.PURE | frozenset(
    "boltzmann erfc exp fabs factorial force gauss harmonic invert perpulse perstep pulse ramp revhyperbol revsawtooth"
    " nrn_ghk revsigmoid sawtooth sigmoid sinewave spline squarewave step stepforce threshold abs printf prterr"
    " random_setids".split()
)
SHARED_DRAWS = frozenset("scop_random exprand normrand poisrand".split())
RANDOM_DRAWS = frozenset("random_uniform random_negexp random_normal random_ipick random_dpick".split())

Defined = frozenset[str]


@dataclass(frozen=True)
class Place:
    """Represent the block that runs: title, and the variable behind each local name (None for a local)."""

    title: str
    scope: Mapping[str, str | None] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    # Variables of FROM loops, which name an element of an array.
    counters: frozenset[str] = frozenset()
    # Variables of the TABLE for which the code runs; None outside.
    table: frozenset[str] | None = None


class Flow:
    """Follow the code of one mechanism and record the variables read too early, and the variables written.

    `defined` holds the variables that are certainly written before.
    """

    def __init__(self, source: Source, variables: Variables) -> None:
        self.source, self.variables = source, variables
        self.exposed: dict[str, str] = {}
        self.written: dict[str, set[str]] = {}
        self.unclear: dict[str, bool] = {}
        self._read_outside: set[str] = set()
        self._written_inside: set[str] = set()
        self._exits: list[list[Defined]] = []

    @property
    def beside_tables(self) -> set[str]:
        """Return the variables that are set only where a TABLE is computed, and that other code reads."""
        return self._written_inside & self._read_outside

    def block(self, body: Sequence[Statement], defined: Defined, place: Place) -> Defined:
        """Follow a whole block, which C code may leave early."""
        self._exits.append([])
        after = self._walk(body, defined, place)
        return after.intersection(*self._exits.pop())

    def _walk(self, body: Sequence[Statement], defined: Defined, place: Place) -> Defined:
        depth = 0
        for each in body:
            if isinstance(each, Local):
                place = replace(place, scope={**place.scope, **dict.fromkeys(each.names)})
                continue
            after = self._step(each, defined, place)
            depth += c_code.depth(each.text) if isinstance(each, Verbatim) else 0
            # A brace that C code leaves open makes the statements up to its end conditional.
            defined = defined if depth else after
        return defined

    def _step(self, statement: Statement, defined: Defined, place: Place) -> Defined:
        match statement:
            case Use(tokens):
                return self.use(tokens, defined, place)
            case Assignment(name, None, [Token(text=text)], False) if text == name:
                return defined
            case Assignment(name, index, value, prime):
                defined = self.use([*value, *(index or ())], defined, place)
                defined = self._read(name, index, defined, place) if prime else defined
                return self._write(name, index, defined, place)
            case Branch(condition, yes, no):
                defined = self.use(condition, defined, place)
                return self._walk(yes, defined, place) & self._walk(no, defined, place)
            case Loop():
                return self._loop(statement, defined, place)
            case Scope(body) | Initial(body):
                return self._walk(body, defined, place)
            case Solve(name):
                return self._call(name, defined, place)
            case Reaction(tokens):
                defined = self.use(tokens, defined, place)
                return self._changed({t.text for t in tokens} & self.variables.states.keys(), defined, place)
            case Connections(names, body):
                return self._connections(names, body, defined, place)
            case Verbatim(text):
                return self._verbatim(text, defined, place)
        return defined

    def _loop(self, loop: Loop, defined: Defined, place: Place) -> Defined:
        defined = self.use(loop.head, defined, place)
        if not loop.variable:
            self._walk(loop.body, defined, place)
            return defined
        counters = place.counters | {loop.variable}
        inside = replace(place, scope={**place.scope, loop.variable: None}, counters=counters)
        after = self._walk(loop.body, defined, inside)
        if loop.last is None:
            return defined
        mark = f"[{loop.variable}]"
        whole = {name.removesuffix(mark) for name in after if name.endswith(mark)}
        sizes = self.variables.sizes
        filled = [name for name in whole if loop.first == 0 and loop.last + 1 >= sizes.get(name, 0)]
        marked = frozenset(name for name in after if name.endswith(mark))
        return (after - marked) | self.variables.all_of(filled)

    def _connections(self, names: Sequence[str], body: Sequence[Statement], defined: Defined, place: Place) -> Defined:
        """Follow FOR_NETCONS, with names for the arguments of NET_RECEIVE of other connections."""
        own = [name for block in self.source.of("NET_RECEIVE") for name in block.arguments]
        scope = {name: f"{arg} of NET_RECEIVE" for name, arg in zip(names, own, strict=False)}
        self._walk(body, defined, replace(place, scope={**place.scope, **scope}))
        return defined

    def use(self, tokens: Sequence[Token], defined: Defined, place: Place) -> Defined:
        """Follow an expression from left to right."""
        sure = not any(token.text in ("&&", "||") for token in tokens)
        at = 0
        while at < len(tokens):
            token, after = tokens[at], tokens[at + 1].text if at + 1 < len(tokens) else ""
            at += 1
            if token.kind != "name" or token.text in self.variables.streams:
                continue
            inside: Sequence[Token] = ()
            if after in ("(", "["):
                inside, at = _inside(tokens, at)
                defined = self.use(inside, defined, place)
            if after == "(":
                called = self._function(token.text, inside, defined, place)
                defined = called if sure else defined
            else:
                defined = self._read(token.text.rstrip("'"), inside or None, defined, place)
        return defined

    def _function(self, name: str, inside: Sequence[Token], defined: Defined, place: Place) -> Defined:
        first = inside[0].text if inside else ""
        if name in self.source.routines or name in self.variables.unit.functions:
            return self._call(name, defined, place)
        if name == "state_discontinuity":
            return self._write(first, None, defined, place)
        if name in SHARED_DRAWS or name in RANDOM_DRAWS:
            stream = SHARED_STREAM if name in SHARED_DRAWS else first
            return self._changed({stream}, self._read(stream, None, defined, place), place)
        if name in ("set_seed", "random_setseq"):
            return self._write(SHARED_STREAM if name == "set_seed" else first, None, defined, place)
        if name in self.source.tables:
            self.unclear.setdefault(f"{place.title} reads the FUNCTION_TABLE {name}", True)
        elif name not in PURE:
            self.unclear.setdefault(f"{place.title} calls {name}, which is not known", True)
        return defined

    def _call(self, name: str, defined: Defined, place: Place) -> Defined:
        if name in place.calls:
            return defined
        block = self.source.routines.get(name)
        if block is None:
            return self._c_function(name, defined, place)
        body = statements(block.body, self.source.defines)
        names = next((frozenset(each.names) for each in body if isinstance(each, Table) and each.names), None)
        scope = dict.fromkeys((*block.arguments, name))
        inside = Place(block.title, scope, (*place.calls, name), table=names or place.table)
        after = self.block(body, defined, inside)
        return after if names is None else self._tabled(names, defined, after, block.title)

    def _tabled(self, names: frozenset[str], before: Defined, after: Defined, title: str) -> Defined:
        """Return the variables that are defined after a routine with a table.

        The routine's statements run only when the table is made. Only the variables of the table are set each time.
        A variable that all instances share keeps the value from then.
        """
        defined = before | self.variables.all_of(names)
        beside = {name for name in after - defined if self.written.get(name) == {title}}
        return defined | {name for name in beside if self.variables.is_shared(name)}

    def _c_function(self, name: str, defined: Defined, place: Place) -> Defined:
        body = self.variables.unit.functions.get(name)
        if body is None:
            raise Unclear(f"{name} is not defined")
        inside = replace(place, title=f"VERBATIM function {name}", scope={}, calls=(*place.calls, name))
        self._exits.append([])
        defined = self._verbatim(body, defined, inside)
        self._exits.pop()
        return defined

    def _verbatim(self, text: str, defined: Defined, place: Place) -> Defined:
        variables = self.variables
        code = c_code.read_code(text, variables.known, variables.sizes, variables.unit.macros)
        title = place.title if place.title.startswith("VERBATIM") else f"VERBATIM in {place.title}"
        if code.unclear:
            self.unclear.setdefault(f"{title} {code.unclear}", True)
        if code.row:
            for name, reads in code.row:
                defined = self._reads(reads, defined, place)
                defined = self._write(name, None, defined, place) if name else defined
        else:
            defined = self._changed(set(code.writes), self._reads(code.reads, defined, place), place)
        for call in code.calls:
            defined = self._c_call(call, title, defined, place, sure=bool(code.row))
        if code.returns:
            self._exits[-1].append(defined)
        return defined

    def _c_call(self, call: str, title: str, defined: Defined, place: Place, *, sure: bool) -> Defined:
        if call in self.source.routines or call in self.variables.unit.functions:
            called = self._call(call, defined, place)
            return called if sure else defined
        if call in c_code.DRAWS:
            return self._changed({OWN_STREAM}, self._read(OWN_STREAM, None, defined, place), place)
        if call in c_code.RESTARTS:
            return self._write(OWN_STREAM, None, defined, place) if sure else defined
        if call in SHARED_DRAWS or call == "set_seed":
            return self._function(call, (), defined, place)
        if call not in PURE:
            self.unclear.setdefault(f"{title} calls {call}, which is not known", True)
        return defined

    def _reads(self, names: Sequence[str], defined: Defined, place: Place) -> Defined:
        for name in names:
            defined = self._read(name, None, defined, place)
        return defined

    def _read(self, name: str, index: Sequence[Token] | None, defined: Defined, place: Place) -> Defined:
        variable = place.scope.get(name, name)
        if variable is not None and self.variables.is_tracked(variable):
            self._read_outside |= {variable} if place.table is None else set()
            mark = _mark(variable, index, place)
            if not (mark in defined or self._elements(variable, index) <= defined):
                self.exposed.setdefault(variable, place.title)
        return defined

    def _write(self, name: str, index: Sequence[Token] | None, defined: Defined, place: Place) -> Defined:
        variable = place.scope.get(name, name)
        if variable is None or not self.variables.is_tracked(variable):
            return defined
        self.written.setdefault(variable, set()).add(place.title)
        self._written_inside |= set() if place.table is None or variable in place.table else {variable}
        if variable in self.variables.sizes and self.variables.sizes[variable]:
            mark = _mark(variable, index, place)
            return defined | ({mark} if mark else set())
        return defined | {variable}

    def _changed(self, names: set[str], defined: Defined, place: Place) -> Defined:
        """Record writes that may happen or may not."""
        for name in sorted(names):
            self._write(name, None, defined, place)
        return defined

    def _elements(self, variable: str, index: Sequence[Token] | None) -> Defined:
        text = "".join(token.text for token in index or ())
        return frozenset({f"{variable}[{text}]"}) if text.isdigit() else self.variables.all_of([variable])


def _mark(variable: str, index: Sequence[Token] | None, place: Place) -> str:
    """Return the name of an element; "" if the element is not known."""
    text = "".join(token.text for token in index or ())
    return f"{variable}[{text}]" if text in place.counters or text.isdigit() else ""


def _inside(tokens: Sequence[Token], start: int) -> tuple[Sequence[Token], int]:
    """Return the tokens in the bracket that opens at `start`, and the position after the bracket."""
    depth = 0
    for at in range(start, len(tokens)):
        depth += (tokens[at].text in ("(", "[")) - (tokens[at].text in (")", "]"))
        if depth == 0:
            return tokens[start + 1 : at], at + 1
    return tokens[start + 1 :], len(tokens)
