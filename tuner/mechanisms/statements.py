"""Read the body of an NMODL block as a tree of statements."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from tuner.mechanisms.nmodl_nodes import (
    Assignment,
    Branch,
    Conductance,
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
from tuner.mechanisms.nmodl_source import Token, TokenReader, Unclear, names_in_list

_IGNORED = frozenset(("MUTEXLOCK", "MUTEXUNLOCK", "PROTECT", "RESET", ";"))
_ARROWS = frozenset(("<->", "<<", "->"))


def statements(tokens: Sequence[Token], defines: Mapping[str, int]) -> list[Statement]:
    """Return the statements of a block. Raises Unclear for a statement that is not NMODL."""
    return _Parser(tokens, defines).rest()


class _Parser(TokenReader):
    def __init__(self, tokens: Sequence[Token], defines: Mapping[str, int]) -> None:
        super().__init__(tokens)
        self.defines = defines

    def rest(self) -> list[Statement]:
        found = []
        while self.left:
            if self.text in _IGNORED:
                self.take()
            else:
                found.append(self.statement())
        return found

    def statement(self) -> Statement:
        readers: dict[str, Callable[[], Statement]] = {
            "LOCAL": self.local,
            "IF": self.branch,
            "WHILE": self.repeat,
            "FROM": self.count,
            "SOLVE": self.solve,
            "TABLE": self.table,
            "CONDUCTANCE": self.conductance,
            "WATCH": self.watch,
            "FOR_NETCONS": self.connections,
            "INITIAL": self.initial,
            "~": self.reaction,
            "CONSERVE": self.reaction,
            "COMPARTMENT": self.volumes,
            "LONGITUDINAL_DIFFUSION": self.volumes,
        }
        if self.tokens[self.at].kind == "verbatim":
            return Verbatim(self.take().text)
        if self.text == "{":
            return Scope(self.body())
        word = self.text.upper() if self.text in ("if", "while", "from") else self.text
        return readers.get(word, self.plain)()

    def body(self) -> list[Statement]:
        if self.text != "{":
            raise Unclear(f"{self.text} is not understood")
        return _Parser(self.group(), self.defines).rest()

    def plain(self) -> Statement:
        start, name = self.at, self.take()
        index = self.group() if self.text == "[" and name.kind == "name" else None
        if name.kind == "name" and self.text == "(":
            self.group()
            return Use(self.tokens[start : self.at])
        if name.kind != "name" or self.text != "=":
            raise Unclear(f"{name.text} {self.text} is not understood")
        self.take()
        return Assignment(name.text.rstrip("'"), index, self.expression(), name.text.endswith("'"))

    def expression(self) -> Sequence[Token]:
        """Take an expression, which ends where a word follows a value."""
        start, has_value = self.at, False
        while self.left:
            token = self.tokens[self.at]
            if token.kind == "verbatim" or token.text in ("{", "}", "~", ","):
                break
            if has_value and token.kind in ("name", "number", "string"):
                break
            if token.text in ("(", "["):
                self.group()
            else:
                self.take()
            has_value = token.kind != "sign" or token.text in ("(", "[")
        return self.tokens[start : self.at]

    def local(self) -> Local:
        self.take()
        names = names_in_list(self, self.defines)
        return Local(names, self.tokens[self.at - 1].end)

    def branch(self) -> Branch:
        self.take()
        condition, yes = self.group(), self.body()
        no: list[Statement] = []
        if self.text in ("else", "ELSE"):
            self.take()
            no = [self.branch()] if self.text in ("if", "IF") else self.body()
        return Branch(condition, yes, no)

    def repeat(self) -> Loop:
        self.take()
        return Loop("", self.group(), 0, None, self.body())

    def count(self) -> Loop:
        self.take()
        variable = self.take().text
        self.take()
        first = self.expression()
        self.take()
        last, step = self.expression(), self.tokens[:0]
        if self.text in ("BY", "by"):
            self.take()
            step = self.expression()
        begin, end = self.number(first), self.number(last)
        known = begin is not None and end is not None and end >= begin and not step
        return Loop(variable, [*first, *last, *step], begin or 0, end if known else None, self.body())

    def number(self, tokens: Sequence[Token]) -> int | None:
        """Return the value of a sum of whole numbers and DEFINEd names; None for other expressions."""
        total, sign = 0, 1
        for token in tokens:
            if token.text in ("+", "-"):
                sign = 1 if token.text == "+" else -1
            elif token.text.isdigit() or token.text in self.defines:
                total += sign * (int(token.text) if token.text.isdigit() else self.defines[token.text])
            else:
                return None
        alternate = all(left.kind != right.kind for left, right in pairwise(tokens))
        return total if alternate else None

    def solve(self) -> Statement:
        self.take()
        name = self.take().text
        while self.text in ("METHOD", "STEADYSTATE", "USING"):
            self.take()
            self.take()
        if self.text == "IFERROR":
            self.take()
            return Scope([Solve(name), Branch((), self.body(), ())])
        return Solve(name)

    def table(self) -> Table:
        self.take()
        names = [] if self.text in ("DEPEND", "FROM") else list(names_in_list(self, self.defines))
        depends: list[str] = []
        if self.text == "DEPEND":
            self.take()
            depends = list(names_in_list(self, self.defines))
        while self.text in ("FROM", "TO", "WITH"):
            self.take()
            self.expression()
        return Table(names, depends)

    def conductance(self) -> Conductance:
        self.take()
        name = self.take()
        if self.text == "USEION":
            self.take()
            self.take()
        return Conductance(name)

    def watch(self) -> Use:
        start = self.at + 1
        while self.at < start or self.text == ",":
            self.take()
            self.group()
            self.expression()
        return Use(self.tokens[start : self.at])

    def connections(self) -> Connections:
        self.take()
        names = [token.text for token in self.group() if token.kind == "name"]
        return Connections(names, self.body())

    def initial(self) -> Initial:
        self.take()
        start = self.tokens[self.at].end
        return Initial(self.body(), start)

    def reaction(self) -> Reaction:
        start = self.at + 1
        while self.text not in _ARROWS and self.text != "=":
            self.take()
        if self.text == "=":
            self.take()
            self.expression()
            return Reaction(self.tokens[start : self.at])
        while self.text != "(":
            self.take()
        # Without the bracket of the rates, which would look like arguments of the last name.
        sides = self.tokens[start : self.at]
        return Reaction([*sides, *self.group()])

    def volumes(self) -> Use:
        start = self.at + 1
        while self.text != "{":
            self.take()
        tokens = self.tokens[start : self.at]
        self.group()
        return Use(tokens)
