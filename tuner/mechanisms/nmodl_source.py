"""Read an NMODL file as blocks of tokens, with the positions of the tokens in the text.

Unlike the reader of `nmodl`, which stops at code that is not linear, this reader accepts all of NMODL.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

# Blocks with statements, and blocks that declare.
CODE = frozenset(
    "INITIAL BREAKPOINT EQUATION DERIVATIVE KINETIC LINEAR NONLINEAR DISCRETE FUNCTION PROCEDURE NET_RECEIVE"
    " CONSTRUCTOR DESTRUCTOR BEFORE AFTER TERMINAL".split()
)
_DECLARATIONS = frozenset("NEURON UNITS INDEPENDENT PARAMETER CONSTANT ASSIGNED STATE DEPENDENT STEPPED".split())
_CLAUSES = frozenset(
    "SUFFIX POINT_PROCESS ARTIFICIAL_CELL USEION READ WRITE VALENCE REPRESENTS RANGE GLOBAL POINTER BBCOREPOINTER"
    " NONSPECIFIC_CURRENT ELECTRODE_CURRENT EXTERNAL RANDOM THREADSAFE".split()
)
_WORDS = frozenset("FROM TO START WITH DEPEND".split())
_TOKEN = re.compile(
    r"""(?P<verbatim>\bVERBATIM\b.*?\bENDVERBATIM\b)
    |(?P<aside>\bCOMMENT\b.*?(?:\bENDCOMMENT\b|\Z)|[:?][^\n]*|^[ \t]*TITLE\b[^\n]*|\bUNITSO(?:N|FF)\b)
    |(?P<string>"[^"\n]*")
    |(?P<name>[A-Za-z_]\w*'*)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<sign><->|<<|->|==|!=|<=|>=|&&|\|\||\S)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_INCLUDE = re.compile(r'^[ \t]*INCLUDE[ \t]*"([^"\n]*)"', re.MULTILINE)
_CLOSING = {"(": ")", "{": "}", "[": "]"}


class Unclear(Exception):
    """Signal code that the reader does not understand; the message is the reason."""


class Token(NamedTuple):
    """Represent a word, number or sign of NMODL with the position in the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """Represent a block: word, name, arguments, body, and the positions of the braces."""

    word: str
    name: str
    arguments: tuple[str, ...]
    body: tuple[Token, ...]
    start: int
    end: int

    @property
    def title(self) -> str:
        return f"{self.word} {self.name}".strip()


@dataclass
class Source:
    """Represent the blocks and declarations of an NMODL file."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    statics: dict[str, int] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    defines: dict[str, int] = field(default_factory=dict)
    verbatim: list[str] = field(default_factory=list)

    def of(self, *words: str) -> list[Block]:
        return [block for block in self.blocks if block.word in words]

    @cached_property
    def clauses(self) -> dict[str, list[str]]:
        """Return the names after each word of the NEURON block."""
        found: dict[str, list[str]] = {}
        for block in self.of("NEURON"):
            word = ""
            for token in block.body:
                word = token.text if token.text in _CLAUSES else word
                if token.kind == "name" and token.text not in _CLAUSES:
                    found.setdefault(word, []).append(token.text)
        return found

    def named(self, *words: str) -> set[str]:
        return {name for word in words for name in self.clauses.get(word, ())}

    @cached_property
    def mechanism(self) -> str:
        """Return the name of the mechanism; "" if the file defines no mechanism."""
        names = [*self.named("SUFFIX"), *self.named("POINT_PROCESS"), *self.named("ARTIFICIAL_CELL")]
        return names[0] if names and names[0] != "nothing" else ""

    def declared(self, word: str) -> dict[str, int]:
        """Return the variables of a declaring block with sizes; 0 for a scalar."""
        found: dict[str, int] = {}
        for block in self.of(word):
            found |= _declared(block.body, self.defines)
        return found

    @cached_property
    def routines(self) -> dict[str, Block]:
        words = ("FUNCTION", "PROCEDURE", "DERIVATIVE", "KINETIC", "LINEAR", "NONLINEAR", "DISCRETE")
        return {block.name: block for block in self.of(*words)}


def expanded(text: str, included: Mapping[str, str]) -> str:
    """Return NMODL text with the text of each included file in place, as far as the file's name is known."""
    name = {key: key.rpartition("/")[2] for key in _INCLUDE.findall(text)}
    known = {key: included[each] for key, each in name.items() if each in included}
    rest = {each: content for each, content in included.items() if each not in name.values()}
    return _INCLUDE.sub(lambda found: expanded(known[found[1]], rest) if found[1] in known else found[0], text)


def read_source(text: str) -> Source:
    """Return the blocks of an NMODL text. Raises Unclear for text that is not NMODL."""
    source, reader = Source(text), TokenReader(list(_tokens(text)))
    while reader.left:
        _read_part(reader, source)
    return source


def _tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text without comments and without the units that follow numbers."""
    previous, depth = "", 0
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "aside":
            continue
        # A parenthesis after a number holds a unit.
        if depth or (found[0] == "(" and previous == "number"):
            depth += (found[0] == "(") - (found[0] == ")")
            previous = ""
            continue
        previous = kind
        yield Token(kind, found[0], found.start(), found.end())


class TokenReader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def left(self) -> bool:
        return self.at < len(self.tokens)

    @property
    def text(self) -> str:
        return self.tokens[self.at].text if self.left else ""

    def take(self) -> Token:
        if not self.left:
            raise Unclear("its end is missing")
        self.at += 1
        return self.tokens[self.at - 1]

    def group(self) -> Sequence[Token]:
        """Take all from a bracket to the closing bracket, and return the tokens between."""
        first, start = self.at, self.take().text
        if start not in _CLOSING:
            raise Unclear(f"{start} is not understood")
        depth = 1
        while depth:
            text = self.take().text
            depth += (text == start) - (text == _CLOSING[start])
        return self.tokens[first + 1 : self.at - 1]


def _read_part(reader: TokenReader, source: Source) -> None:
    word = reader.take()
    if word.kind == "verbatim":
        source.verbatim.append(word.text)
    elif word.text == "LOCAL":
        source.statics |= names_in_list(reader, source.defines)
    elif word.text == "DEFINE":
        name, value = reader.take().text, reader.take().text
        source.defines[name] = int(float(value)) if value[0].isdigit() else 0
    elif word.text == "FUNCTION_TABLE":
        source.tables.add(reader.take().text)
        while reader.text == "(":
            reader.group()
    elif word.text == "INCLUDE":
        raise Unclear(f"the included file {reader.text} is not found")
    elif word.text in CODE or word.text in _DECLARATIONS:
        source.blocks.append(_block(reader, word.text))
    else:
        raise Unclear(f"{word.text} is not understood")


def _block(reader: TokenReader, word: str) -> Block:
    names, arguments = [word] if word in ("BEFORE", "AFTER") else [], None
    while reader.text != "{":
        if reader.text == "(":
            inside = list(_without_units(reader.group()))
            # A second parenthesis holds the unit of the value.
            arguments = tuple(t.text for t in inside if t.kind == "name") if arguments is None else arguments
        else:
            names.append(reader.take().text)
    start = reader.tokens[reader.at].end
    body = tuple(reader.group())
    end = reader.tokens[reader.at - 1].end
    if word in ("BEFORE", "AFTER"):
        return Block(" ".join(names), "", (), body, start, end)
    return Block(word, names[0] if names else "", arguments or (), body, start, end)


def names_in_list(reader: TokenReader, defines: Mapping[str, int]) -> dict[str, int]:
    """Take a list of names with commas, and return the names with sizes; 0 for a scalar."""
    found = {}
    while True:
        name, size = reader.take().text, 0
        while reader.text in ("[", "("):
            is_size = reader.text == "["
            inside = reader.group()
            size = _integer(inside, defines) if is_size else size
        found[name] = size
        if reader.text != ",":
            return found
        reader.take()


def _integer(tokens: Iterable[Token], defines: Mapping[str, int]) -> int:
    """Return the size that tokens say, at least 1."""
    text = "".join(token.text for token in tokens)
    return max(1, int(text) if text.isdigit() else defines.get(text, 1))


def _without_units(tokens: Iterable[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += token.text == "("
        if not depth:
            yield token
        depth -= token.text == ")"


def _declared(body: Iterable[Token], defines: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    reader = TokenReader(list(_without_units(body)))
    name, ranged = "", False
    while reader.left:
        if reader.text == "[" and name:
            found[name] = _integer(reader.group(), defines)
            continue
        token = reader.take()
        ranged = token.text == "<" or (ranged and token.text != ">")
        if token.kind == "name" and not ranged and token.text not in _WORDS:
            name = token.text
            found[name] = 0
    return found
